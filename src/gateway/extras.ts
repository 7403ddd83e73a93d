import { checkBackoff } from './backoff.js';
import type { ResponseChannel } from './channel.js';
import { ContractError, describe } from './errors.js';
import type { Exchange } from './exchange.js';
import type { RequestInput } from './input.js';
import type { BackoffPolicy, CloseReason, Completion, Resume } from './types.js';

/** One `pause()` (rule 16). */
export interface Pause {
  /** `resume()` was called. */
  resumed: boolean;
  /** The empty chunk came: iteration is suspended. */
  waiting: boolean;
  readonly timeoutMs: number | undefined;
}

/** What an application may ask of its exchange, and most never do. */
export class ExchangeExtras {
  backoff: BackoffPolicy | null = null;
  /** Announced, waiting for the next empty chunk. */
  pause: Pause | null = null;
  /** In force. */
  #suspended: Pause | null = null;
  #input: RequestInput | null = null;
  #channel: ResponseChannel | null = null;
  #controller: AbortController | null = null;
  #completed: { promise: Promise<Completion>; resolve: (value: Completion) => void } | null = null;
  #drained: { promise: Promise<void>; resolve: () => void } | null = null;
  #outcome: Completion | null = null;

  constructor(readonly exchange: Exchange) {}

  // The application asks.

  input(): RequestInput {
    const { exchange } = this;
    if (!this.#input) {
      this.#input = exchange.openInput();
      if (exchange.away) this.#input.fail(exchange.away);
    }
    return this.#input;
  }

  signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      const { ended } = this.exchange;
      if (ended && ended.kind !== 'done') this.#controller.abort(ended);
    }
    return this.#controller.signal;
  }

  completed(): Promise<Completion> {
    if (!this.#completed) {
      let resolve!: (value: Completion) => void;
      const promise = new Promise<Completion>((r) => {
        resolve = r;
      });
      this.#completed = { promise, resolve };
      const { ended } = this.exchange;
      if (this.#outcome) resolve(this.#outcome);
      else if (ended) resolve(outcome(ended, this.exchange));
    }
    return this.#completed.promise;
  }

  drained(): Promise<void> {
    const { exchange } = this;
    if (exchange.over || exchange.queued() <= exchange.gateway.policy.lowWaterMark) return Promise.resolve();
    exchange.awaitDrain();
    if (!this.#drained) {
      let resolve!: () => void;
      const promise = new Promise<void>((r) => {
        resolve = r;
      });
      this.#drained = { promise, resolve };
    }
    return this.#drained.promise;
  }

  /** The channel is told when the exchange is over. @returns false: there is one already */
  attach(channel: ResponseChannel): boolean {
    if (this.#channel) return false;
    this.#channel = channel;
    return true;
  }

  setBackoff(policy: BackoffPolicy): void {
    this.backoff = checkBackoff(policy);
  }

  announcePause(timeoutMs?: number): Resume {
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0))
      throw new ContractError(16, 'a pause in milliseconds, or none', describe(timeoutMs));
    const pause: Pause = { resumed: false, waiting: false, timeoutMs };
    this.pause = pause;
    return () => {
      if (this.exchange.over || pause.resumed) return false;
      if (pause.waiting && this.#suspended !== pause) return false; // its timeout came first
      pause.resumed = true;
      if (!pause.waiting) return this.pause === pause;
      this.#suspended = null;
      this.exchange.resume();
      return true;
    };
  }

  // The exchange goes on.

  /** The empty chunk came. @returns the pause that is in force now, or null: it was resumed before */
  suspend(): Pause | null {
    const pause = this.pause!;
    this.pause = null;
    if (pause.resumed) return null;
    pause.waiting = true;
    this.#suspended = pause;
    return pause;
  }

  /** A delay ended. @returns whether it was the timeout of the pause in force, which is over now */
  timeOut(): boolean {
    if (this.#suspended?.timeoutMs === undefined) return false;
    this.#suspended = null;
    return true;
  }

  /** Someone wants to know how the exchange ended. */
  get watched(): boolean {
    return this.#controller !== null || this.#completed !== null;
  }

  settleDrained(): void {
    this.#drained?.resolve();
    this.#drained = null;
  }

  /** The response is whole: nothing is waited for any more. */
  endWaits(): void {
    this.settleDrained();
    this.#input?.fail({ kind: 'done' });
    this.#channel?.end({ kind: 'done' });
  }

  /** The exchange is complete, or failed: says so once. */
  settle(reason: CloseReason): void {
    if (this.#outcome) return;
    this.#outcome = outcome(reason, this.exchange);
    this.#completed?.resolve(this.#outcome);
  }

  /** The exchange failed: the signal aborts, reads fail, waits end, in this order (rule 4). */
  release(reason: CloseReason): void {
    if (this.#outcome) return;
    this.settle(reason);
    this.#controller?.abort(reason);
    this.#input?.fail(reason);
    this.settleDrained();
    this.#channel?.end(reason);
    this.#suspended = null;
  }
}

function outcome(reason: CloseReason, exchange: Exchange): Completion {
  return { reason, status: exchange.headSent ? (exchange.head?.code ?? 0) : 0, bodyBytes: exchange.bodyBytes };
}
