import { delayAfter } from './backoff.js';
import type { GatewayPolicy } from './core.js';
import type { Exchange } from './exchange.js';
import type { ExchangeExtras } from './extras.js';
import type { Runnable } from './turn-queue.js';
import type { BackoffPolicy, Chunk } from './types.js';

/** What the queue may need for a chunk besides its bytes. */
const FRAME = 8;
/** From here on a chunk takes long enough to ask for the time after it: tens of microseconds, more where it has to be encoded. */
const LARGE = 16 * 1024;

/** What is made of a chunk: ask for more, or wait until told. */
export const enum Flow {
  kMore,
  kWait,
}

/** What the body waits for before it is asked again. */
const enum Wait {
  kNothing,
  kDrain,
  kRetry,
  kTurn,
  kResume,
}

/**
 * Asks a body for its chunks, and decides when: not above the high-water mark (rule 12), later and later while it has nothing
 * to say (rules 13 to 15), not at all while it pauses (rule 16), and no longer than its share of a turn (rule 17). A pump
 * never asks while an earlier answer is outstanding, nor once it was stopped.
 *
 *   pull ──▶ mayAsk? ──▶ next() ──▶ accept(chunk) ──▶ pull …
 *               │ no                     │ empty
 *               ▼                        ▼
 *             waits for room, its turn, a delay, or `resume()`, and then: pull
 */
export abstract class Pump implements Runnable {
  readonly #policy: GatewayPolicy;
  /** Chunks that may be asked for in this turn (rule 17)… */
  #chunks: number;
  /** …and bytes that were given in it, counted when an allowance is. */
  #turnBytes = 0;
  /** Bytes that may follow before the engine is asked again how full the queue is. */
  #allowance = 0;
  #wait = Wait.kNothing;
  /** Empty chunks in a row. */
  #empties = 0;
  /** The policy without jitter whose cap the delays of this silence have come to. */
  #capped: BackoffPolicy | null = null;

  constructor(readonly exchange: Exchange) {
    this.#policy = exchange.gateway.policy;
    this.#chunks = this.#policy.turnChunks;
  }

  /** Asks on until it has to wait, or the body ends. */
  abstract pull(): void;
  /**
   * Asks no more and releases the iterator.
   * @returns what `return()` gave, to be awaited under a deadline; null if the body is being asked at this moment: the
   *   pump will then call `exchange.stopped()` when the answer has come
   */
  abstract stop(): unknown | null;

  /** Whether the body may be asked for a chunk now. If not, `pull` is called when it may. */
  protected mayAsk(): boolean {
    if (this.#allowance <= 0 && !this.#allow()) return false;
    if (this.#chunks-- > 0) return true;
    this.waitTurn();
    return false;
  }

  #allow(): boolean {
    const { exchange } = this;
    this.#turnBytes -= this.#allowance;
    this.#allowance = Math.max(0, exchange.room());
    if (this.#allowance === 0) {
      this.#wait = Wait.kDrain;
      exchange.awaitDrain();
      return false;
    }
    const enough = this.#turnBytes >= this.#policy.turnBytes;
    if (enough) {
      this.#turnBytes = 0;
      this.waitTurn();
    }
    this.#turnBytes += this.#allowance;
    return !enough;
  }

  /** Passes on what the body gave. */
  protected accept(chunk: Chunk): Flow {
    const size = this.exchange.deliver(chunk);
    if (size > 0) {
      this.#allowance -= size + FRAME;
      this.#empties = 0;
      if (size < LARGE || !this.exchange.gateway.turns.enough()) return Flow.kMore;
      this.waitTurn();
      return Flow.kWait;
    }
    if (size === 0) this.#waitForWords();
    return Flow.kWait;
  }

  /** An empty chunk: nothing is sent, the next try is delayed (rules 13, 14, 16). */
  #waitForWords(): void {
    const { extras } = this.exchange;
    if (extras?.pause) return this.#suspend(extras);
    const policy = extras?.backoff ?? this.#policy.backoff;
    if (this.#empties++ === 0) this.#capped = null;
    // Most of those that wait are at the cap: no power to compute.
    let ms = policy.capMs;
    if (this.#capped !== policy) {
      ms = delayAfter(policy, this.#empties, policy.jitter === 'none' ? 0 : Math.random());
      if (ms === policy.capMs) this.#capped = policy;
    }
    this.#wait = Wait.kRetry;
    this.exchange.awaitRetry(ms);
  }

  /** The empty chunk that an announced pause waits for (rule 16). */
  #suspend(extras: ExchangeExtras): void {
    this.#empties = 0;
    const pause = extras.suspend();
    if (!pause) return this.waitTurn();
    this.#wait = Wait.kResume;
    if (pause.timeoutMs !== undefined) this.exchange.awaitRetry(pause.timeoutMs);
  }

  /** Lets the others have their turn (rule 17). */
  waitTurn(): void {
    this.#wait = Wait.kTurn;
    this.exchange.gateway.turns.push(this);
  }

  /** The turn queue came round. */
  run(): void {
    this.#goOn(Wait.kTurn);
  }

  /** The engine: the queue is at low water. */
  onDrained(): void {
    if (this.#wait !== Wait.kDrain || this.exchange.over) return;
    // Hundreds of readers may have room in one turn.
    if (this.exchange.gateway.turns.admits()) this.#goOn(Wait.kDrain);
    else this.waitTurn();
  }

  /** The engine: the delay is over. */
  onRetry(): void {
    if (this.#wait !== Wait.kResume) return this.#goOn(Wait.kRetry);
    // The delay of an earlier pause, which was resumed, may end in the middle of one without a timeout.
    if (this.exchange.extras!.timeOut()) this.#goOn(Wait.kResume);
  }

  #goOn(from: Wait): void {
    if (this.#wait !== from || this.exchange.over) return;
    this.#wait = Wait.kNothing;
    this.#chunks = this.#policy.turnChunks;
    this.pull();
  }
}
