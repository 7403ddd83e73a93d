import type { Fault } from '../faults/fault.js';

/** The next request follows the answer of the last one, after `thinkMs`. */
export interface ClosedPacing {
  readonly mode: 'closed';
  readonly thinkMs: number;
}

/**
 * Requests are due by the clock, whatever the server does. One that finds no free connection waits for one, and its
 * latency counts from the moment it was due.
 */
export interface OpenPacing {
  readonly mode: 'open';
  readonly ratePerSecond: number;
  readonly arrivals: 'constant' | 'poisson';
}

export type Pacing = ClosedPacing | OpenPacing;

/** A named stretch of the run; it begins where the one before ends. */
export interface Phase {
  readonly name: string;
  /** Milliseconds since the run began. */
  readonly untilMs: number;
}

/** What a complete answer looks like. Anything else counts as an error. */
export interface Expectation {
  /** Exact status. Absent: anything below 400. */
  readonly status?: number;
  /** Body bytes of every answer. */
  readonly bodyBytes?: number;
  /** 64-bit FNV-1a of every body, 16 hexadecimal digits (see `bodyHash` in client.ts). Costs about 1 ns a byte. */
  readonly bodyHash?: string;
}

/**
 * Connections that behave alike. A *round* is one request (or one pipelined batch); in a cohort with a fault it is
 * one connection, from its handshake to its end.
 */
export interface Cohort {
  readonly id: string;
  /** An IPv4 or IPv6 address or `localhost`; names are resolved before the run starts. */
  readonly host: string;
  readonly port: number;
  /**
   * The raw bytes of a request, or of several that go out together. Each `{tag}` becomes the round's tag: 16
   * hexadecimal digits, which no other round of this process gets.
   */
  readonly request: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly connections: number;
  readonly pacing: Pacing;
  /** Absent: healthy clients. */
  readonly fault?: Fault;
  /** How often `request` is repeated in one send. Default 1. */
  readonly depth?: number;
  /** False: a new connection for every round. Default true; a fault always has its own connection. */
  readonly keepAlive?: boolean;
  /** Milliseconds after the run's begin. Default 0. */
  readonly startMs?: number;
  /** Over how many milliseconds the first connects are spread evenly: a ramp. Default 0. */
  readonly rampMs?: number;
  /** No new round after so many milliseconds from `startMs`. Then what is under way has `graceMs` to end. */
  readonly durationMs?: number;
  /** Rounds in all. Default: with a fault one per connection, else no limit but `durationMs`. */
  readonly rounds?: number;
  /** How long an answer may take (with a fault: how long without a byte or a step). Default 10,000. */
  readonly timeoutMs?: number;
  /** After the duration, time for what is under way. Default 0 for faults (they are cut), 1,000 otherwise. */
  readonly graceMs?: number;
  /** Latency is also kept apart for each of these, by the time a request was due. At most 8. */
  readonly phases?: readonly Phase[];
  readonly expect?: Expectation;
}
