import { delayAfter } from '../gateway/backoff.js';
import { Gateway } from '../gateway/core.js';
import { describe } from '../gateway/errors.js';
import { checkOptions, type ServeOptions } from '../gateway/options.js';
import type { App, BackoffPolicy, Chunk, CloseReason, Environ, HeaderList } from '../gateway/types.js';
import { PlainExchange } from './plain-exchange.js';

/** What even the plainest host says of a request. Its input may answer at once, or later. */
export type PlainEnviron = Pick<Environ, 'method' | 'path'> &
  Partial<Omit<Environ, 'method' | 'path' | 'input'>> & {
    readonly input?: { read(n?: number): Uint8Array | Promise<Uint8Array> };
  };

/** The start function of such a host: it need not know of failures, nor return a write function. */
export type PlainStart = (status: string, headers: HeaderList) => unknown;

/** A body for hosts that ask again and again; those that can wait use the asynchronous iterator. */
export interface PlainBody extends Iterable<Chunk>, AsyncIterable<Chunk> {
  close(why?: CloseReason): void;
}

export type PlainApp = (environ: PlainEnviron, start: PlainStart) => PlainBody;

export interface PlainOptions
  extends Pick<
    ServeOptions,
    'highWaterMark' | 'lowWaterMark' | 'turnChunks' | 'turnBytes' | 'closeDeadlineMs' | 'log'
  > {
  /** How long the host is kept waiting for a chunk that is not there yet (rule 15). */
  readonly backoff?: BackoffPolicy;
  /** Keeps the thread from running for `ms`. Default: `Atomics.wait`. */
  readonly sleep?: (ms: number) => void;
}

/**
 * Runs an asynchronous application on a host that only iterates, and knows nothing of pauses, channels or promises
 * (rule 33). While there is nothing to send the host is given empty chunks, and the delay between them, which it would not
 * make, is made here by the exported policy (rule 15): by blocking the thread for a synchronous iterator, by a timer for an
 * asynchronous one.
 *
 * The host must return to the event loop between two chunks, where the application runs; one that never does needs the
 * application in another thread (`inWorkers`).
 *
 * @throws TypeError, RangeError for wrong arguments, naming them
 */
export function onPlainServer(app: App, { sleep = block, ...options }: PlainOptions = {}): PlainApp {
  if (typeof app !== 'function')
    throw new TypeError(`app must be a function (environ, start) => body, got ${describe(app)}`);
  const { policy, log, multithread, multiprocess } = checkOptions(options);
  const { backoff } = policy;
  return (environ, start) => {
    const { scheme = 'http', serverName = '', serverPort = 0 } = environ;
    const facts = {
      scheme,
      serverName,
      serverPort,
      multithread: environ.multithread ?? multithread,
      multiprocess: environ.multiprocess ?? multiprocess,
    };
    const exchange = new PlainExchange(new Gateway(app, policy, log, facts), environ, start);
    exchange.begin();
    return new HostBody(exchange, backoff, sleep);
  };
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What the host iterates. */
class HostBody implements PlainBody {
  #empties = 0;

  constructor(
    readonly exchange: PlainExchange,
    readonly backoff: BackoffPolicy,
    readonly sleep: (ms: number) => void,
  ) {}

  #delay(): number {
    return delayAfter(this.backoff, ++this.#empties, Math.random());
  }

  [Symbol.iterator](): Iterator<Chunk> {
    return {
      next: () => {
        if (!this.exchange.ready) this.sleep(this.#delay());
        return this.#take();
      },
      return: () => this.#end(),
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    return {
      next: async () => {
        if (!this.exchange.ready) await this.exchange.untilReady(this.#delay());
        return this.#take();
      },
      return: async () => this.#end(),
    };
  }

  #take(): IteratorResult<Chunk> {
    if (!this.exchange.ready) return { done: false, value: '' };
    this.#empties = 0;
    const value = this.exchange.take();
    return value === null ? { done: true, value: undefined } : { done: false, value };
  }

  #end(): IteratorResult<Chunk> {
    this.close();
    return { done: true, value: undefined };
  }

  /** A host that knows no reasons and closes before the end has lost its client. */
  close(why: CloseReason = { kind: 'client-reset' }): void {
    this.exchange.closed(why);
  }
}
