import type { Fault } from './fault.js';
import { afterHead, afterPrevious, type Delay, whenUnread } from './trigger.js';

/**
 * A reader that stopped, and then says FIN: it arrives behind a full buffer, while the server waits to write. Receipt:
 * bytes unread, and as for `half-close`.
 */
export function finBehindFullBuffer(delay: Delay = {}, unreadBytes = 4096): Fault {
  return {
    name: 'fin-behind-full-buffer',
    steps: [
      { at: afterHead(), action: 'stall' },
      { at: whenUnread(unreadBytes, delay), action: 'half-close' },
    ],
    receiveBuffer: 16 * 1024,
    holdMs: 700,
  };
}

/** Its twin: the same, and then it reads on. Whoever cuts it off is wrong. */
export function parkedHalfClose(delay: Delay = {}, unreadBytes = 4096): Fault {
  const { steps } = finBehindFullBuffer(delay, unreadBytes);
  return {
    name: 'parked-half-close',
    steps: [...steps, { at: afterPrevious({ delayMs: 30 }), action: 'resume' }],
    receiveBuffer: 16 * 1024,
  };
}
