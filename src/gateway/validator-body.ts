import { CLOSE_KINDS } from './close-kinds.js';
import { describe } from './errors.js';
import type { Body, Chunk, CloseReason } from './types.js';
import type { ResponseLog } from './validator-response.js';

/** Checks what the application returned, and gives the host a body that checks the host. */
export function checkedBody(body: Body, log: ResponseLog): Body {
  const { verdicts } = log;
  const usable = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  const iterable = usable && (Symbol.iterator in body || Symbol.asyncIterator in body);
  verdicts.check(iterable, 12, 'an iterable of chunks as the body, e.g. ["text"]', () => describe(body));
  const { close } = body;
  verdicts.check(close === undefined || typeof close === 'function', 1, 'a function as close', () => describe(close));
  log.returned = true;
  if (Array.isArray(body) && !close) {
    for (const chunk of body as Chunk[]) log.onChunk(chunk);
    log.onEnd();
    return body; // as it is: a single chunk gets its length derived (rule 22)
  }
  return new CheckedBody(body, log) as CheckedBody & Body;
}

class CheckedBody {
  #asked = false;
  #closed = 0;
  #ended = false;
  #iterated = false;

  constructor(
    readonly body: Body,
    readonly log: ResponseLog,
  ) {
    const kind = Symbol.iterator in body ? Symbol.iterator : Symbol.asyncIterator;
    const iterate = kind === Symbol.iterator ? () => this.#sync() : () => this.#async();
    Object.defineProperty(this, kind, { value: iterate });
    log.whenForgotten(() => this.#closed > 0);
  }

  #claim(): void {
    this.log.verdicts.check(!this.#iterated, 2, 'one iteration of the body', () => 'a second one', this.#claim);
    this.#iterated = true;
  }

  #beforeNext(): void {
    const { verdicts } = this.log;
    const host = this.#beforeNext;
    verdicts.check(this.#closed === 0, 2, 'no next() after close()', () => 'a call', host);
    verdicts.check(!this.#ended, 2, 'no next() after the end of the body', () => 'a call', host);
    verdicts.check(!this.#asked, 30, 'one call at a time', () => 'a second next() before the first has answered', host);
    this.#asked = true;
    this.log.inside++;
  }

  #afterNext(result: IteratorResult<Chunk>): IteratorResult<Chunk> {
    this.#answered();
    const { verdicts } = this.log;
    verdicts.check(typeof result === 'object' && result !== null, 12, 'an iterator result', () => describe(result));
    if (result.done) {
      this.#ended = true;
      this.log.onEnd();
    } else this.log.onChunk(result.value);
    return result;
  }

  #answered(): void {
    this.#asked = false;
    this.log.inside--;
  }

  #failed(error: unknown): never {
    this.#answered();
    this.#ended = true;
    throw error;
  }

  #sync(): Iterator<Chunk> {
    this.#claim();
    const inner = (this.body as Iterable<Chunk>)[Symbol.iterator]();
    return {
      next: () => {
        this.#beforeNext();
        let result: IteratorResult<Chunk>;
        try {
          result = inner.next();
        } catch (error) {
          return this.#failed(error);
        }
        return this.#afterNext(result);
      },
      return: () => inner.return?.() ?? { done: true, value: undefined },
    };
  }

  #async(): AsyncIterator<Chunk> {
    this.#claim();
    const inner = (this.body as AsyncIterable<Chunk>)[Symbol.asyncIterator]();
    return {
      next: async () => {
        this.#beforeNext();
        let result: IteratorResult<Chunk>;
        try {
          result = await inner.next();
        } catch (error) {
          return this.#failed(error);
        }
        return this.#afterNext(result);
      },
      return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
    };
  }

  close(why: CloseReason): void | Promise<void> {
    const { verdicts } = this.log;
    this.#closed++;
    verdicts.check(this.#closed === 1, 1, 'close() once', () => `call ${this.#closed}`, this.close);
    if (!CLOSE_KINDS.includes(why?.kind)) verdicts.late(11, 'close() with a reason', describe(why?.kind ?? why));
    this.log.over = true;
    return this.body.close?.(why);
  }
}
