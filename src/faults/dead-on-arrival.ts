import type { Fault } from './fault.js';
import { afterSent } from './trigger.js';

/** Connect, send, reset, before the server came to accept it. Receipt: as for `rst`. */
export function deadOnArrival(): Fault {
  return { name: 'dead-on-arrival', steps: [{ at: afterSent(), action: 'rst' }] };
}
