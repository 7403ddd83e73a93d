/** Parts of applications that several groups of rules use. */
import type { App, Body, Chunk, CloseReason, Environ, Input, StartResponse } from '../../src/gateway/types.js';

/** What a test saw of one request. */
export class Seen {
  environ!: Environ;
  /** Calls of next() on the body. */
  asked = 0;
  returned = 0;
  readonly closes: CloseReason[] = [];
  /** What happened, in order. */
  readonly order: string[] = [];

  get closedBy(): string {
    return this.closes.map(({ kind }) => kind).join();
  }
}

/** An application whose body is an async iterator written by hand: it counts what it is asked, and closes. */
export function asyncApp(seen: Seen, next: (call: number) => Chunk | null | Promise<Chunk | null>): App {
  return counted(seen, () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => answer(await next(seen.asked++)),
      return: async () => {
        seen.returned++;
        return { done: true, value: undefined };
      },
    }),
  }));
}

/** The same with a synchronous iterator. `null` ends the body. */
export function syncApp(seen: Seen, next: (call: number) => Chunk | null): App {
  return counted(seen, () => ({
    [Symbol.iterator]: () => ({
      next: () => answer(next(seen.asked++)),
      return: () => {
        seen.returned++;
        return { done: true, value: undefined };
      },
    }),
  }));
}

function answer(chunk: Chunk | null): IteratorResult<Chunk> {
  return chunk === null ? { done: true, value: undefined } : { done: false, value: chunk };
}

function counted(seen: Seen, iterable: () => Body): App {
  return (environ: Environ, start: StartResponse) => {
    seen.environ = environ;
    start('200 OK', []);
    return Object.assign(iterable(), { close: (why: CloseReason) => void seen.closes.push(why) });
  };
}

/** By path; what is not listed gets 404. */
export function routes(table: Record<string, App>): App {
  return (environ, start) => {
    const app = table[environ.path];
    if (app) return app(environ, start);
    start('404 Not Found', []);
    return ['no such route\n'];
  };
}

/** Answers at once. */
export const hello: App = (_environ, start) => {
  start('200 OK', [['Content-Type', 'text/plain']]);
  return ['hello'];
};

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<CloseReason> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason as CloseReason);
    signal.addEventListener('abort', () => resolve(signal.reason as CloseReason));
  });
}

/** The head of an upload, but for the framing of its body and the empty line. */
export const POST = 'POST / HTTP/1.1\r\nHost: x\r\n';

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Reads as `read` says and answers with what it got. */
export function reader(read: (input: Input, environ: Environ) => Promise<string>): App {
  return async (environ, start) => {
    const got = await read(environ.input, environ);
    start('200 OK', []);
    return [got];
  };
}
