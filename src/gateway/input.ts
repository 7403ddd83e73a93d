import { ContractError, describe, InputBroken, InputTimeout } from './errors.js';
import { type Answer, Parts, Waiting, Want } from './pending-read.js';
import type { CloseReason, Input } from './types.js';

const EMPTY = new Uint8Array(0);
const LINE_FEED = 10;
/** Bytes that an iteration takes at once, at the most. */
const PART = 65536;

/**
 * The request body as the application reads it (rules 25 to 28). Reads are served in the order they were made; the engine
 * is asked for bytes only when a read lacks them, so an application that does not read costs no memory.
 */
export class RequestInput implements Input {
  state: Input['state'] = 'open';
  readonly #more: () => void;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #waiting: Waiting[] = [];
  #error: InputBroken | InputTimeout | null = null;

  /** @param more asks the engine for more bytes; it answers with one `push`, `end` or `fail`, later or at once */
  constructor(more: () => void) {
    this.#more = more;
  }

  /** @param bytes owned by the input from now on */
  push(bytes: Uint8Array): void {
    if (this.state !== 'open' || bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#serve();
  }

  end(): void {
    if (this.state !== 'open') return;
    this.state = 'eof';
    this.#serve();
  }

  /** The rest will never come. Every response that ends says so: where the body has come, no error is made. */
  fail(reason: CloseReason): void {
    if (this.state !== 'open') return;
    const late = reason.kind === 'input-timeout';
    this.state = late ? 'timed-out' : 'broken';
    this.#error = withoutTrace(() => (late ? new InputTimeout() : new InputBroken(reason)));
    this.#serve();
  }

  read(n?: number): Promise<Uint8Array> {
    if (n === undefined) return this.#read(Want.kRest, 0);
    checkCount(n, 'read');
    return n === 0 ? Promise.resolve(EMPTY) : this.#read(Want.kSome, n);
  }

  readline(max = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> {
    checkCount(max, 'readline');
    return this.#read(Want.kLine, max);
  }

  async readlines(): Promise<Uint8Array[]> {
    const lines: Uint8Array[] = [];
    for (let line = await this.readline(); line.length; line = await this.readline()) lines.push(line);
    return lines;
  }

  onGet(n: number, callback: (error: Error | null, data: Uint8Array) => void): void {
    if (typeof callback !== 'function') throw new ContractError(25, 'a callback', describe(callback), this.onGet);
    this.read(n).then(
      (data) => callback(null, data),
      (error) => callback(error, EMPTY),
    );
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    return new Parts((parts) => this.#wait(new Waiting(Want.kSome, PART, parts)));
  }

  #read(want: Want, max: number): Promise<Uint8Array> {
    return this.#wait(new Waiting(want, max, null)) as Promise<Uint8Array>;
  }

  #wait(waiting: Waiting): Promise<Answer> {
    this.#waiting.push(waiting);
    this.#serve();
    return waiting.promise;
  }

  #serve(): void {
    while (this.#waiting.length) {
      const first = this.#waiting[0]!;
      const brokenOff = this.#error && first.want === Want.kSome && this.#size === 0;
      const data = brokenOff ? null : this.#taken(first, this.state === 'eof');
      if (data) first.answer(data);
      else if (this.#error) first.fail(this.#error);
      else return this.#more();
      this.#waiting.shift();
    }
  }

  /** @returns null when more bytes are needed; `last`: no more will come */
  #taken({ want, max }: Waiting, last: boolean): Uint8Array | null {
    if (want === Want.kSome && this.#size > 0) return this.#take(Math.min(max, this.#size));
    if (want === Want.kLine) {
      const end = this.#find(LINE_FEED) + 1;
      if (end > 0) return this.#take(Math.min(end, max));
      if (this.#size >= max) return this.#take(max);
    }
    return last ? this.#take(this.#size) : null;
  }

  #find(byte: number): number {
    let before = 0;
    for (const chunk of this.#chunks) {
      const at = chunk.indexOf(byte);
      if (at >= 0) return before + at;
      before += chunk.length;
    }
    return -1;
  }

  /** Takes `n` ≤ #size bytes off the front. */
  #take(n: number): Uint8Array {
    if (n === 0) return EMPTY;
    this.#size -= n;
    const first = this.#chunks[0]!;
    if (first.length > n) {
      this.#chunks[0] = first.subarray(n);
      return first.subarray(0, n);
    }
    if (first.length === n) return this.#chunks.shift()!;
    const whole = new Uint8Array(n);
    let filled = 0;
    while (filled < n) {
      const part = this.#chunks[0]!.subarray(0, n - filled);
      whole.set(part, filled);
      filled += part.length;
      if (part.length === this.#chunks[0]!.length) this.#chunks.shift();
      else this.#chunks[0] = this.#chunks[0]!.subarray(part.length);
    }
    return whole;
  }
}

/** An error of which nothing of the application is on the stack: a trace would be the engine's own, and costs more than all else here. */
function withoutTrace<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function checkCount(n: unknown, method: string): void {
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 0)
    throw new ContractError(25, `a count of bytes for ${method}()`, describe(n));
}
