import type { Fault, Pace } from './fault.js';
import { onConnected, type Trigger } from './trigger.js';

export interface SlowReadOptions {
  readonly pace: Pace;
  /** When it becomes slow. Default: from the first byte on. */
  readonly at?: Trigger;
  /** SO_RCVBUF, bytes. Small by default, so that the slowness reaches the server and not only the kernel's buffer. */
  readonly receiveBuffer?: number;
}

/** The client takes its bytes at a pace. Receipt: it was behind at least once, and how fast it read. */
export function slowRead(options: SlowReadOptions): Fault {
  return {
    name: 'slow-read',
    steps: [{ at: options.at ?? onConnected(), action: 'slow-read', pace: options.pace }],
    receiveBuffer: options.receiveBuffer ?? 4096,
  };
}

/** The smallest window and one byte at a time. */
export function oneByteReader(everyMs = 1): Fault {
  return { ...slowRead({ pace: { bytes: 1, everyMs }, receiveBuffer: 1 }), name: 'one-byte-reader' };
}
