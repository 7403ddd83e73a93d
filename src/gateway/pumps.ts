import { ContractError } from './errors.js';
import type { Exchange } from './exchange.js';
import { Flow, Pump } from './pump.js';
import { isThenable } from './release.js';
import type { Chunk } from './types.js';

/** Where a body stands. */
const enum Phase {
  /** Not asked yet: `return()` does nothing (rule 4). */
  kFresh,
  kIdle,
  /** It is being asked: its code is on the stack, or an answer is outstanding. */
  kAsked,
  /** Stopped, or at its end. */
  kOver,
}

/** Of an iterable. */
export class SyncPump extends Pump {
  #phase = Phase.kFresh;

  constructor(
    exchange: Exchange,
    readonly iterator: Iterator<Chunk>,
  ) {
    super(exchange);
  }

  pull(): void {
    const { exchange, iterator } = this;
    while (this.#phase < Phase.kAsked && this.mayAsk()) {
      let result: IteratorResult<Chunk>;
      this.#phase = Phase.kAsked;
      try {
        result = iterator.next();
      } catch (error) {
        if (this.#phase !== Phase.kAsked) return exchange.stopped(undefined);
        this.#phase = Phase.kOver;
        return exchange.fail(error);
      }
      if (this.#phase !== Phase.kAsked) return exchange.stopped(result?.done ? undefined : release(exchange, iterator));
      if (typeof result !== 'object' || result === null || result.done) {
        this.#phase = Phase.kOver;
        return end(exchange, result);
      }
      this.#phase = Phase.kIdle;
      if (this.accept(result.value) === Flow.kWait) return;
    }
  }

  stop(): unknown | null {
    const before = this.#phase;
    this.#phase = Phase.kOver;
    if (before === Phase.kAsked) return null;
    return before === Phase.kIdle ? release(this.exchange, this.iterator) : undefined;
  }
}

/** Of an asynchronous iterable. */
export class AsyncPump extends Pump {
  #phase = Phase.kFresh;

  constructor(
    exchange: Exchange,
    readonly iterator: AsyncIterator<Chunk>,
  ) {
    super(exchange);
  }

  pull(): void {
    if (this.#phase < Phase.kAsked && this.mayAsk()) this.#ask();
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
    if (typeof result === 'object' && result !== null && !result.done) {
      this.#phase = Phase.kIdle;
      if (this.accept(result.value) === Flow.kMore) this.pull();
      return;
    }
    this.#phase = Phase.kOver;
    end(this.exchange, result);
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
    // On a generator that awaits, this is queued behind the await (rule 4); the deadline covers it.
    return release(this.exchange, this.iterator);
  }
}

/** The body said that it has no more, or something that is no iterator result. */
function end(exchange: Exchange, result: IteratorResult<Chunk>): void {
  if (typeof result === 'object' && result !== null) exchange.finish();
  else exchange.fail(new ContractError(12, 'an iterator result', String(result)));
}

/** @returns what `return()` gave */
function release(exchange: Exchange, iterator: Iterator<Chunk> | AsyncIterator<Chunk>): unknown {
  try {
    return iterator.return?.();
  } catch (error) {
    exchange.gateway.log.error('return() of a body failed', error);
  }
  return undefined;
}
