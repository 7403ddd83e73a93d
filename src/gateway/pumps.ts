import { ContractError } from './errors.js';
import type { Exchange } from './exchange.js';
import { isThenable } from './release.js';
import type { Chunk } from './types.js';

/** Asks a body for its chunks. A pump never asks while an earlier answer is outstanding, nor once it was stopped. */
export interface Pump {
  /** Asks on until the exchange says wait, or the body ends. */
  run(): void;
  /**
   * Asks no more and releases the iterator.
   * @returns what `return()` gave, to be awaited under a deadline; null if the body is being asked at this moment: the
   *   pump will then call `exchange.stopped()` when the answer has come
   */
  stop(): unknown | null;
  /** Whether the application's code of this body is on the stack right now. */
  readonly running: boolean;
}

/** What the exchange makes of a chunk: ask for more, or wait until told. */
export const enum Flow {
  kMore,
  kWait,
}

export class SyncPump implements Pump {
  running = false;
  #stopped = false;
  #started = false;
  #finished = false;

  constructor(
    readonly exchange: Exchange,
    readonly iterator: Iterator<Chunk>,
  ) {}

  run(): void {
    const { exchange, iterator } = this;
    this.#started = true;
    let budget = exchange.gateway.policy.turnChunks;
    while (!this.#stopped) {
      if (exchange.mustWait()) return;
      if (budget-- === 0) return exchange.waitTurn();
      let result: IteratorResult<Chunk>;
      this.running = true;
      try {
        result = iterator.next();
      } catch (error) {
        this.running = false;
        this.#finished = true;
        return this.#stopped ? exchange.stopped(undefined) : exchange.fail(error);
      }
      this.running = false;
      if (this.#stopped) return exchange.stopped(result?.done ? undefined : this.#release());
      if (typeof result !== 'object' || result === null) {
        this.#finished = true;
        return exchange.fail(new ContractError(12, 'an iterator result', String(result)));
      }
      if (result.done) {
        this.#finished = true;
        return exchange.finish();
      }
      if (exchange.accept(result.value) === Flow.kWait) return;
    }
  }

  stop(): unknown | null {
    this.#stopped = true;
    if (this.running) return null;
    return this.#finished ? undefined : this.#release();
  }

  #release(): unknown {
    if (!this.#started) return undefined; // return() on a generator that never ran does nothing (rule 4)
    try {
      return this.iterator.return?.();
    } catch (error) {
      this.exchange.gateway.log.error('return() of a body failed', error);
    }
    return undefined;
  }
}

/** Where an asynchronous body stands. */
const enum Phase {
  /** Not asked yet: `return()` does nothing (rule 4). */
  kFresh,
  kIdle,
  /** An answer is outstanding. */
  kAsked,
  /** Stopped, or at its end. */
  kOver,
}

export class AsyncPump implements Pump {
  #phase = Phase.kFresh;
  /** Asks left in this turn (rule 17). */
  #budget: number;

  constructor(
    readonly exchange: Exchange,
    readonly iterator: AsyncIterator<Chunk>,
  ) {
    this.#budget = exchange.gateway.policy.turnChunks;
  }

  get running(): boolean {
    return this.#phase === Phase.kAsked;
  }

  run(): void {
    if (this.#phase < Phase.kAsked && this.#may()) this.#ask();
  }

  #may(): boolean {
    const { exchange } = this;
    if (exchange.mustWait()) return false;
    if (this.#budget-- > 0) return true;
    this.#budget = exchange.gateway.policy.turnChunks;
    exchange.waitTurn();
    return false;
  }

  #ask(): void {
    this.#phase = Phase.kAsked;
    let asked = false;
    let answer: Promise<IteratorResult<Chunk>> | undefined;
    try {
      answer = this.iterator.next();
      asked = true;
      // Cheaper than an async function's await by a tenth of what a chunk costs.
      answer.then(this.onResult, this.onError);
    } catch (error) {
      // A `next()` that answers at once, without a promise, is no failure.
      if (!asked || isThenable(answer)) return this.onError(error);
      Promise.resolve(answer as unknown as IteratorResult<Chunk>).then(this.onResult, this.onError);
    }
  }

  readonly onResult = (result: IteratorResult<Chunk>): void => {
    if (this.#phase !== Phase.kAsked) return; // stopped meanwhile
    const { exchange } = this;
    if (typeof result === 'object' && result !== null && !result.done) {
      if (exchange.accept(result.value) === Flow.kMore && this.#may()) this.#ask();
      else if (this.#phase === Phase.kAsked) this.#phase = Phase.kIdle;
      return;
    }
    this.#phase = Phase.kOver;
    if (typeof result === 'object' && result !== null) exchange.finish();
    else exchange.fail(new ContractError(12, 'an iterator result', String(result)));
  };

  readonly onError = (error: unknown): void => {
    const stopped = this.#phase === Phase.kOver;
    this.#phase = Phase.kOver;
    if (!stopped) this.exchange.fail(error);
  };

  stop(): unknown | null {
    const before = this.#phase;
    this.#phase = Phase.kOver;
    if (before === Phase.kFresh || before === Phase.kOver) return undefined;
    try {
      // On a generator that awaits, this is queued behind the await (rule 4); the deadline covers it.
      return this.iterator.return?.();
    } catch (error) {
      this.exchange.gateway.log.error('return() of a body failed', error);
    }
    return undefined;
  }
}
