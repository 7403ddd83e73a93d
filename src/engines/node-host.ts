import type { Gateway } from '../gateway/core.js';
import type { EngineOptions } from './engine.js';

/** Anything that holds bytes back until the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** What the connections of one server share. */
export class NodeHost {
  accepted = 0;
  requests = 0;
  readonly refused: Record<string, number> = {};
  readonly disconnects: Record<string, number> = {};
  /** Connections that the server itself ended. */
  readonly closed = { silent: 0, pressure: 0, stalled: 0, drain: 0 };
  inFlight = 0;
  #held: Flushable[] = [];

  constructor(
    readonly options: EngineOptions,
    readonly gateway: Gateway,
  ) {}

  /** Calls `flush` when the events of this turn are dealt with: what was written in one turn leaves together. */
  flushLater(holder: Flushable): void {
    if (this.#held.push(holder) > 1) return;
    setImmediate(() => {
      const due = this.#held;
      this.#held = [];
      for (const each of due) each.flush();
    });
  }

  count(what: Record<string, number>, key: string | number): void {
    what[key] = (what[key] ?? 0) + 1;
  }
}
