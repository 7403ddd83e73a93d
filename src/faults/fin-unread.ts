import type { Fault } from './fault.js';
import { afterHead, type Trigger, whenUnread } from './trigger.js';

/**
 * close() with bytes unread: the program meant a polite end, the kernel sends RST. Reading stops at the head, and the
 * close follows when `bytes` lie unread. Receipt: how many they were.
 */
export function finUnread(bytes = 1, stopAt: Trigger = afterHead()): Fault {
  return {
    name: 'fin-unread',
    steps: [
      { at: stopAt, action: 'stall' },
      { at: whenUnread(bytes), action: 'close' },
    ],
  };
}
