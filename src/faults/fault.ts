import type { Trigger } from './trigger.js';

/**
 * What a step does to its connection.
 *
 * - `fin`: what is readable is read, then the connection is closed with an empty receive queue
 * - `close`: closed as it is; with bytes unread the kernel sends RST instead of FIN
 * - `rst`: SO_LINGER {1, 0} and close
 * - `half-close`: shutdown(SHUT_WR), and reads on
 * - `stall`: reads no more
 * - `slow-read`: reads at the step's pace from here on
 * - `slow-send`: sends what is left of the request at the step's pace
 * - `resume`: reads at full speed again
 * - `vanish`: incoming segments are dropped unanswered (needs CAP_NET_ADMIN)
 * - `unplug`: the links of the client's own network namespace go down, for all its connections
 */
export type Action =
  | 'fin'
  | 'close'
  | 'rst'
  | 'half-close'
  | 'stall'
  | 'slow-read'
  | 'slow-send'
  | 'resume'
  | 'vanish'
  | 'unplug';

/** So many bytes at the start of every interval. */
export interface Pace {
  readonly bytes: number;
  readonly everyMs: number;
}

/** One deed at one moment. A step's trigger is watched once the step before took place. */
export interface Step {
  readonly at: Trigger;
  readonly action: Action;
  /** For `slow-read` and `slow-send`. */
  readonly pace?: Pace;
}

/**
 * One way to misbehave: a small value that the fault client executes on each connection of a cohort. It does no I/O
 * itself, so it is tested without sockets.
 */
export interface Fault {
  /** The word that reports use. */
  readonly name: string;
  /** One to eight, in order. Each leaves a sample with a receipt. */
  readonly steps: readonly Step[];
  /** SO_RCVBUF asked for before connect, bytes; the kernel doubles it and has a minimum. Absent: the system's own. */
  readonly receiveBuffer?: number;
  /**
   * How long a connection that is still open stays after its last step, milliseconds; then it is reset. Absent: until
   * the response ends or the cohort does.
   */
  readonly holdMs?: number;
}
