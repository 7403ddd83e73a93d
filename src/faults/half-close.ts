import type { Fault } from './fault.js';
import type { Trigger } from './trigger.js';

/**
 * shutdown(SHUT_WR), and reads on: the client has nothing more to ask and still wants its answer. To cut it off is a
 * false positive. Receipt: the body came to its end, or where it was cut off.
 */
export function halfClose(at: Trigger): Fault {
  return { name: 'half-close', steps: [{ at, action: 'half-close' }] };
}
