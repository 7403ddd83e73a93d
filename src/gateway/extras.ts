import type { ResponseChannel } from './channel.js';
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

/** The parts of an exchange that most applications never ask for. */
export class ExchangeExtras {
  input: RequestInput | null = null;
  backoff: BackoffPolicy | null = null;
  /** Announced, waiting for the next empty chunk. */
  pause: Pause | null = null;
  /** In force. */
  suspended: Pause | null = null;
  channel: ResponseChannel | null = null;
  #controller: AbortController | null = null;
  #completed: { promise: Promise<Completion>; resolve: (value: Completion) => void } | null = null;
  #drained: { promise: Promise<void>; resolve: () => void } | null = null;
  #outcome: Completion | null = null;

  announcePause(exchange: Exchange, timeoutMs: number | undefined): Resume {
    const pause: Pause = { resumed: false, waiting: false, timeoutMs };
    this.pause = pause;
    return () => {
      if (exchange.over || pause.resumed) return false;
      if (pause.waiting && this.suspended !== pause) return false; // its timeout came first
      pause.resumed = true;
      if (!pause.waiting) return this.pause === pause;
      this.suspended = null;
      exchange.waitTurn();
      return true;
    };
  }

  /** The empty chunk came. @returns the pause that is in force now, or null: it was resumed before */
  suspend(): Pause | null {
    const pause = this.pause!;
    this.pause = null;
    if (pause.resumed) return null;
    pause.waiting = true;
    this.suspended = pause;
    return pause;
  }

  /** Someone wants to know how the exchange ended. */
  get watched(): boolean {
    return this.#controller !== null || this.#completed !== null;
  }

  /** @param ended how the exchange went, if it is over */
  signalFor(ended: CloseReason | null): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (ended && ended.kind !== 'done') this.#controller.abort(ended);
    }
    return this.#controller.signal;
  }

  completedFor(exchange: Exchange): Promise<Completion> {
    if (!this.#completed) {
      let resolve!: (value: Completion) => void;
      const promise = new Promise<Completion>((r) => {
        resolve = r;
      });
      this.#completed = { promise, resolve };
      if (this.#outcome) resolve(this.#outcome);
      else if (exchange.ended) resolve(outcome(exchange.ended, exchange));
    }
    return this.#completed.promise;
  }

  drained(): Promise<void> {
    if (!this.#drained) {
      let resolve!: () => void;
      const promise = new Promise<void>((r) => {
        resolve = r;
      });
      this.#drained = { promise, resolve };
    }
    return this.#drained.promise;
  }

  settleDrained(): void {
    this.#drained?.resolve();
    this.#drained = null;
  }

  /** The response is whole: nothing is waited for any more. */
  endWaits(): void {
    this.settleDrained();
    this.input?.fail({ kind: 'done' });
    this.channel?.end({ kind: 'done' });
  }

  /** The exchange is complete, or failed: says so once. */
  settle(reason: CloseReason, exchange: Exchange): void {
    if (this.#outcome) return;
    this.#outcome = outcome(reason, exchange);
    this.#completed?.resolve(this.#outcome);
  }

  /** The exchange failed: the signal aborts, reads fail, waits end, in this order (rule 4). */
  release(reason: CloseReason, exchange: Exchange): void {
    if (this.#outcome) return;
    this.settle(reason, exchange);
    this.#controller?.abort(reason);
    this.input?.fail(reason);
    this.settleDrained();
    this.channel?.end(reason);
    this.suspended = null;
  }
}

function outcome(reason: CloseReason, exchange: Exchange): Completion {
  return { reason, status: exchange.headSent ? (exchange.head?.code ?? 0) : 0, bodyBytes: exchange.bodyBytes };
}
