import { ClientDisconnected, ContractError, describe } from './errors.js';
import type { Exchange } from './exchange.js';
import { Flow, Pump } from './pump.js';
import type { Channel, ChannelOptions, Chunk, CloseReason, Environ, HeaderList, StartResponse } from './types.js';

/** An application that ignores the `false` of `put()` is stopped at this many times the high-water mark. */
const LIMIT_FACTOR = 16;
/** So many taken chunks may stay at the front of the queue. */
const COMPACT_AT = 1024;
const FAILURE_HEADERS: HeaderList = [['content-type', 'text/plain; charset=utf-8']];
const END: IteratorResult<Chunk> = { done: true, value: undefined };

/**
 * The body that `environ.channel()` makes.
 *
 *   put ──▶ queue ──▶ pump ──▶ exchange          returned as it is: the gateway takes chunks without asking
 *             └─────▶ next() ──▶ middleware      wrapped: whoever iterates waits on a promise
 *
 * What is put in one go is sent together, by one microtask; nothing runs while it is idle. Nothing is sent before the
 * application has returned it.
 */
export class ResponseChannel implements Channel {
  #queue: Chunk[] = [];
  /** Where the queue begins: what is before it was taken. */
  #at = 0;
  /** Length of what is in the queue; a character counts as a byte. */
  #size = 0;
  #finished = false;
  #failure: { error: unknown } | null = null;
  /** How the exchange went, once it is over. */
  #over: CloseReason | null = null;
  #closed = false;
  #iterated = false;
  #wake: (() => void) | null = null;
  #emptied: (() => void)[] = [];
  readonly #close: ChannelOptions['close'];

  constructor(
    readonly exchange: Exchange,
    readonly environ: Environ,
    readonly start: StartResponse,
    options: ChannelOptions = {},
    caller?: (...args: never[]) => unknown,
  ) {
    if (typeof start !== 'function') throw new ContractError(35, 'the start function', describe(start), caller);
    const close = options?.close;
    if (close !== undefined && typeof close !== 'function')
      throw new ContractError(1, 'a function as close', describe(close), caller);
    this.#close = close;
    this.#over = exchange.ended;
    if (!exchange.more.attach(this))
      throw new ContractError(30, 'one channel for a response', 'a second call of channel()', caller);
  }

  put(chunk: Chunk): boolean {
    const gone = this.exchange.away ?? this.#over;
    if (gone) throw new ClientDisconnected(gone);
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw new ContractError(12, 'a chunk that is a string or a Uint8Array', describe(chunk), this.put);
    if (this.#finished) throw new ContractError(12, 'no chunk after finish() or fail()', describe(chunk), this.put);
    if (chunk.length > 0) {
      this.#queue.push(chunk);
      this.#size += chunk.length;
      this.#wakeUp();
    }
    const { exchange } = this;
    const room = exchange.room() - this.#size;
    if (room > 0) return true;
    // A busy loop that puts on and on never sees an event: ask the kernel for it.
    const reason = exchange.gone();
    if (reason) throw new ClientDisconnected(reason);
    if (-room > LIMIT_FACTOR * exchange.gateway.policy.highWaterMark)
      throw new ContractError(
        12,
        'drained() to be awaited when put() returns false',
        `${-room} bytes too many`,
        this.put,
      );
    return false;
  }

  async drained(): Promise<void> {
    if (this.#size > this.exchange.gateway.policy.lowWaterMark)
      await new Promise<void>((resolve) => this.#emptied.push(resolve));
    await this.exchange.more.drained();
  }

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#wakeUp();
  }

  fail(error: unknown): void {
    if (this.#finished) return;
    this.#failure = { error };
    this.finish();
  }

  onGet(n: number, callback: (error: Error | null, data: Uint8Array) => void): void {
    this.environ.input.onGet(n, callback);
  }

  close(why: CloseReason): void | Promise<void> {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.end(why);
    return this.#close?.(why);
  }

  /** The exchange is over: waits end, what was not taken is dropped. */
  end(why: CloseReason): void {
    if (this.#over) return;
    this.#over = why;
    this.#queue = [];
    this.#size = this.#at = 0;
    this.#settleEmptied();
    this.#wakeUp();
  }

  // Whoever takes the chunks.

  /** Where the channel itself is the body, the gateway takes its chunks without asking for each. */
  pumpFor(exchange: Exchange): Pump {
    this.#claim();
    return new ChannelPump(this, exchange);
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk, undefined> {
    this.#claim();
    return {
      next: async () => {
        for (;;) {
          const chunk = this.take();
          if (chunk !== null) return { done: false, value: chunk };
          if (this.ended) return this.finishTaking();
          await new Promise<void>((resolve) => this.onWake(resolve));
        }
      },
      return: async () => {
        this.end({ kind: 'done' });
        return END as IteratorReturnResult<undefined>;
      },
    };
  }

  #claim(): void {
    if (this.#iterated) throw new ContractError(2, 'a channel to be iterated once', 'a second iteration');
    this.#iterated = true;
  }

  /** @returns null when there is nothing to take */
  take(): Chunk | null {
    const queue = this.#queue;
    const chunk = queue[this.#at];
    if (chunk === undefined) return null;
    queue[this.#at++] = '';
    this.#size -= chunk.length;
    if (this.#size === 0) {
      queue.length = this.#at = 0;
      this.#settleEmptied();
    } else if (this.#at === COMPACT_AT) {
      queue.splice(0, this.#at);
      this.#at = 0;
    }
    return chunk;
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.#finished || this.#over !== null;
  }

  /** @throws the error given to `fail()`, once announced through the start function */
  finishTaking(): IteratorReturnResult<undefined> {
    if (this.#failure && !this.#over) {
      this.start('500 Internal Server Error', FAILURE_HEADERS, this.#failure); // throws it if headers were sent (rule 19)
      throw this.#failure.error;
    }
    return END as IteratorReturnResult<undefined>;
  }

  /** `wake` is called when there is something to take, or nothing more will come. Once. */
  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #settleEmptied(): void {
    const waiting = this.#emptied;
    if (waiting.length === 0) return;
    this.#emptied = [];
    for (const resolve of waiting) resolve();
  }
}

const SOON = Promise.resolve();

/** Brings a channel's chunks to its exchange. It is woken by `put()`, but never runs inside it: no callback is re-entered. */
class ChannelPump extends Pump {
  #stopped = false;

  constructor(
    readonly channel: ResponseChannel,
    exchange: Exchange,
  ) {
    super(exchange);
  }

  pull(): void {
    const { channel } = this;
    while (!this.#stopped && this.mayAsk()) {
      const chunk = channel.take();
      if (chunk === null) {
        if (channel.ended) return this.#finish();
        return channel.onWake(this.#soon);
      }
      if (this.accept(chunk) === Flow.kWait) return;
    }
  }

  #finish(): void {
    try {
      this.channel.finishTaking();
    } catch (error) {
      return this.exchange.fail(error);
    }
    this.exchange.finish();
  }

  readonly #soon = (): void => void SOON.then(this.#woken);
  readonly #woken = (): void => this.pull();

  stop(): undefined {
    this.#stopped = true;
  }
}
