import { ContractError, describe } from './errors.js';
import { checkHead, type ResponseHead } from './response-head.js';
import type { Chunk, Environ, HeaderList, StartResponse, Write } from './types.js';
import type { Verdicts } from './validator-report.js';

/** What has been said and sent of one response, and whether that was in order. */
export class ResponseLog {
  /** The body was returned, or has failed to be. */
  returned = false;
  /** Calls into the iterable that are under way. */
  inside = 0;
  /** The body was closed. */
  over = false;
  #head: ResponseHead | null = null;
  #bytes = 0;
  #nonEmpty = false;

  constructor(
    readonly environ: Environ,
    readonly verdicts: Verdicts,
    readonly closeGraceMs: number,
  ) {}

  /** The start function for the application. */
  checkedStart(hostStart: StartResponse): StartResponse {
    const { verdicts } = this;
    const start = (...args: Parameters<StartResponse>): Write => {
      const [status, headers, failure] = args;
      const count = args.length === 2 || args.length === 3;
      verdicts.check(count, 18, 'start(status, headers[, failure])', () => `${args.length} argument(s)`, start);
      const shaped = failure === undefined || (typeof failure === 'object' && failure !== null && 'error' in failure);
      verdicts.check(shaped, 19, '{ error } as third argument', () => describe(failure), start);
      const again = this.#head !== null && failure === undefined;
      verdicts.check(!again, 19, 'one call of start(), or a failure as third argument', () => 'a second call', start);
      const head = this.#checkedHead(status, headers, start);
      let write: Write;
      try {
        write = failure === undefined ? hostStart(status, headers) : hostStart(status, headers, failure);
      } catch (error) {
        throw this.#judgeThrown(error, failure);
      }
      this.#head = head;
      verdicts.site ??= new ContractError(34, '', '', start).at;
      verdicts.check(typeof write === 'function', 34, 'a write function from start()', () => describe(write));
      return this.#checkedWrite(write);
    };
    return start;
  }

  /** Rule 23, and what is not wrong on the wire but wrong all the same. */
  #checkedHead(status: string, headers: HeaderList, start: StartResponse): ResponseHead {
    const { verdicts } = this;
    let head: ResponseHead;
    try {
      head = checkHead(status, headers, start);
    } catch (error) {
      throw error instanceof ContractError ? verdicts.known(error) : error;
    }
    const names = headers.map(([name]) => name.toLowerCase());
    verdicts.check(!names.includes('status'), 23, 'the status as first argument only', () => '"Status"', start);
    const types = names.filter((name) => name === 'content-type').length;
    verdicts.check(types < 2, 23, 'one Content-Type', () => `${types}`, start);
    verdicts.check(!head.bodyless || types === 0, 23, `no Content-Type with ${head.code}`, () => 'one', start);
    return head;
  }

  /** The host's start function has thrown: it may do so for one reason (rule 19). */
  #judgeThrown(error: unknown, failure: { error: unknown } | undefined): unknown {
    const { verdicts } = this;
    if (!failure) return error;
    if (error !== failure.error)
      verdicts.late(19, 'the same error object to be thrown again by start()', describe(error));
    else if (!this.#nonEmpty)
      verdicts.late(18, 'headers to be held back until the first chunk that is not empty', 'headers that were sent');
    return error;
  }

  #checkedWrite(hostWrite: Write): Write {
    const { verdicts } = this;
    const write = (...args: [chunk: Chunk]): boolean => {
      const [chunk] = args;
      verdicts.check(args.length === 1, 20, 'write(chunk)', () => `${args.length} argument(s)`, write);
      const early = !this.returned && this.inside === 0;
      verdicts.check(early, 20, 'write() only before the body is returned', () => this.#whenWritten(), write);
      this.#checkChunk(chunk, write);
      const { signal } = this.environ;
      const gone = signal.aborted;
      const below = hostWrite(chunk);
      if (gone) verdicts.late(5, 'ClientDisconnected from write() once the client is gone', describe(below));
      verdicts.check(typeof below === 'boolean', 12, 'true or false from write()', () => describe(below));
      this.#count(chunk, write);
      return below;
    };
    return write;
  }

  #whenWritten(): string {
    return this.inside > 0 ? 'a call from inside the iterable' : 'a call after it';
  }

  /** The body gave a chunk. */
  onChunk(chunk: Chunk): void {
    this.#checkChunk(chunk);
    this.#count(chunk);
  }

  #checkChunk(chunk: Chunk, caller?: Write): void {
    const { verdicts } = this;
    const typed = typeof chunk === 'string' || chunk instanceof Uint8Array;
    verdicts.check(typed, 12, 'a chunk that is a string or a Uint8Array', () => describe(chunk), caller);
    if (chunk.length === 0) return;
    const head = this.#head;
    if (!head) throw verdicts.breach(18, 'start() before the first chunk that is not empty', describe(chunk), caller);
    verdicts.check(!head.bodyless, 23, `no body with ${head.code}`, () => describe(chunk), caller);
    const typedBody = head.headers.some(([name]) => name.toLowerCase() === 'content-type');
    verdicts.check(typedBody, 23, 'a Content-Type with a body', () => 'none', caller);
  }

  #count(chunk: Chunk, caller?: Write): void {
    if (chunk.length === 0) return;
    this.#nonEmpty = true;
    this.#bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    const { contentLength = -1 } = this.#head ?? {};
    const within = contentLength < 0 || this.#bytes <= contentLength;
    this.verdicts.check(within, 22, `${contentLength} bytes`, () => `${this.#bytes}`, caller);
  }

  /** The body ended of its own. */
  onEnd(): void {
    const head = this.#head;
    if (!head) throw this.verdicts.breach(18, 'start() before the end of the body', 'no call');
    const { contentLength, bodyless } = head;
    if (contentLength < 0 || bodyless || this.environ.method === 'HEAD') return;
    const whole = this.#bytes === contentLength;
    this.verdicts.check(whole, 22, `${contentLength} bytes`, () => `${this.#bytes} at the end of the body`);
  }

  /** When the exchange is long over, somebody should have called close(). */
  whenForgotten(isClosed: () => boolean): void {
    const look = () => {
      if (!isClosed()) this.verdicts.late(1, 'close() once the exchange is over', 'no call');
    };
    void this.environ.completed.then(() => setTimeout(look, this.closeGraceMs).unref());
  }
}
