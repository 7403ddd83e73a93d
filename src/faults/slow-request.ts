import type { Fault, Pace } from './fault.js';
import { afterUploaded, onConnected } from './trigger.js';

/**
 * The request arrives a few bytes at a time. Receipt: the pace it was sent at.
 *
 * @param from how many bytes of it go out at once: 0 slows the head, the head's size slows the body
 */
export function slowRequest(pace: Pace = { bytes: 1, everyMs: 10 }, from = 0): Fault {
  return {
    name: 'slow-request',
    steps: [{ at: from > 0 ? afterUploaded(from) : onConnected(), action: 'slow-send', pace }],
  };
}
