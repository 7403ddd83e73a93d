import type { GatewayPolicy, Log } from '../gateway/core.js';
import type { Limits } from '../gateway/limits.js';
import type { App } from '../gateway/types.js';

/** Everything an engine may need, defaults filled in and checked. Sizes in bytes, times in milliseconds. */
export interface EngineOptions extends Limits {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly backlog: number;
  /** Several processes or threads may listen on one port (SO_REUSEPORT). */
  readonly reusePort: boolean;
  readonly policy: GatewayPolicy;
  readonly log: Log;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  /** Consecutive chunks of one turn leave as one HTTP chunk; false: each chunk its own, for those who observe framing. */
  readonly coalesce: boolean;
  /** Native engine: body bytes alone wait so long for company while the event loop is busy. Microseconds, 0: never. */
  readonly gatherUs: number;
  /** TCP_USER_TIMEOUT: silence while data is in flight (rule 10). */
  readonly userTimeoutMs: number;
  /** TCP keep-alive: silence while nothing is in flight (rule 10). */
  readonly keepAliveProbe: { readonly idleMs: number; readonly intervalMs: number; readonly count: number };
}

/** Figures of one server. Those that an engine can't know are absent. */
export interface ServerStats {
  readonly connections: number;
  readonly accepted: number;
  readonly requests: number;
  /** Requests being answered. */
  readonly inFlight: number;
  /** Requests refused by the gateway itself, by status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Exchanges whose client left before the end, by `CloseReason` kind. */
  readonly disconnects: Readonly<Record<string, number>>;
  /** Open connections: silent, head, active, idle, lingering. Each is one of these. */
  readonly states: Readonly<Record<string, number>>;
  /** Connections that the gateway itself ended: silent, idle, pressure, stalled, drain. */
  readonly closed: Readonly<Record<string, number>>;
  /** Bodies that wait: for their next try (`backoff`), for the queue to drain (`drain`). */
  readonly waiting: Readonly<Record<string, number>>;
  /** Unsent bytes of all responses. */
  readonly queuedBytes: number;
  /** How often accepting stopped: too many connections (`full`), no descriptor (`exhausted`). */
  readonly acceptPauses: Readonly<Record<string, number>>;
}

/** A listening gateway. */
export interface Server {
  readonly engine: 'native' | 'node';
  readonly address: string;
  readonly port: number;
  /** Where the metrics are, if there are any. */
  readonly metricsPort?: number;
  /**
   * Stops: no new connections, idle ones closed, responses in progress get `graceMs` (default 30,000), then RST.
   * Resolves when the last connection is gone and the bodies that were cut off are closed; a second is given to those
   * that are at work.
   */
  close(options?: { graceMs?: number }): Promise<void>;
  stats(): ServerStats;
}

/** One way to carry exchanges. */
export interface Engine {
  readonly name: 'native' | 'node';
  /** @throws Error with `code` set (EADDRINUSE, EACCES…) when it cannot listen */
  listen(app: App, options: EngineOptions): Promise<Server>;
}

/** How long `close()` waits for bodies that were at work when they were cut off, milliseconds. */
export const RELEASE_MS = 1000;
