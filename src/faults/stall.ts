import type { Fault } from './fault.js';
import { afterHead, afterPrevious, type Trigger } from './trigger.js';

export interface StallOptions {
  /** When reading stops. Default: after the response head. */
  readonly at?: Trigger;
  /** Milliseconds of silence before the connection is reset. Absent: until the cohort ends. */
  readonly holdMs?: number;
  /** SO_RCVBUF, bytes; a small one reaches the zero window sooner. */
  readonly receiveBuffer?: number;
}

/** The client reads no more. Receipt: bytes were left unread, and whether the window closed. */
export function stall(options: StallOptions = {}): Fault {
  return {
    name: 'stall',
    steps: [{ at: options.at ?? afterHead(), action: 'stall' }],
    ...(options.receiveBuffer === undefined ? {} : { receiveBuffer: options.receiveBuffer }),
    ...(options.holdMs === undefined ? {} : { holdMs: options.holdMs }),
  };
}

/** A parked reader that leaves after all: `stall`, then `leave` `afterMs` later. */
export function parkedThenGone(leave: 'rst' | 'close', afterMs: number, options: StallOptions = {}): Fault {
  const { steps, ...rest } = stall(options);
  return {
    ...rest,
    name: 'parked-then-gone',
    steps: [...steps, { at: afterPrevious({ delayMs: afterMs }), action: leave }],
  };
}
