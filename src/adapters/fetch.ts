import type {
  App,
  Body,
  Chunk,
  CloseReason,
  Completion,
  Environ,
  FetchHandler,
  StartResponse,
} from '../gateway/types.js';
import { BadRequest, EnvironRequest, installRequests } from './fetch-request.js';
import { installLightResponse, partsOf, statusLine } from './fetch-response.js';

export interface FetchOptions {
  /**
   * Makes `new Response()` cheap in the whole process, by a class of the same behaviour that puts off what nobody looks at;
   * from Node.js 24 on `Request` and `fetch` are replaced too, so that they know the light requests. Default true; false
   * leaves the globals alone.
   */
  readonly lightGlobals?: boolean;
}

/**
 * An application made of a Fetch handler, so of any Hono app (rule 36): `request.signal` aborts when the client leaves, the
 * response's stream is pulled as fast as the client reads and cancelled with the `CloseReason` when it leaves, nothing is
 * buffered. What the handler throws is a 500.
 */
export function fromFetch(handler: FetchHandler, { lightGlobals = true }: FetchOptions = {}): App {
  if (typeof handler !== 'function') throw new TypeError(`a fetch handler must be a function, got ${typeof handler}`);
  if (lightGlobals) {
    installLightResponse();
    installRequests();
  }
  return (environ, start) => {
    let response: Response | Promise<Response>;
    try {
      response = handler(new EnvironRequest(environ) as unknown as Request, new Info(environ));
    } catch (error) {
      return refused(error, start);
    }
    if (response instanceof Promise)
      return response.then(
        (value) => respond(value, start),
        (error) => refused(error, start),
      );
    return respond(response, start);
  };
}

/** The second argument of a handler; in Hono, `c.env`. */
class Info {
  constructor(readonly environ: Environ) {}
  get completed(): Promise<Completion> {
    return this.environ.completed;
  }
}

function respond(response: Response, start: StartResponse): Body {
  const { status, statusText, headers, body } = partsOf(response);
  start(statusLine(status, statusText), headers);
  if (body === null) return EMPTY;
  return typeof body === 'string' || body instanceof Uint8Array ? [body] : new StreamBody(body);
}

const EMPTY: Chunk[] = [];

function refused(error: unknown, start: StartResponse): Body {
  if (!(error instanceof BadRequest)) throw error;
  start('400 Bad Request', [['content-type', 'text/plain; charset=utf-8']]);
  return ['Bad Request\n'];
}

/** A stream as a body: one `read()` for each time that the gateway asks. */
class StreamBody implements AsyncIterable<Chunk>, AsyncIterator<Chunk, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    return this.#reader.read() as Promise<IteratorResult<Chunk, undefined>>;
  }

  close(why: CloseReason): void | Promise<void> {
    const cancelled = this.#reader.cancel(why);
    if (why.kind !== 'done' && why.kind !== 'app-error') return cancelled;
    // At its end there is nothing to cancel; after an error of its own, the same error again.
    cancelled.catch(ignore);
    return undefined;
  }
}

function ignore(): void {}
