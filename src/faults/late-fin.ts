import type { Fault } from './fault.js';
import { afterEnd, type Delay } from './trigger.js';

/** The twin of `fin`: the client leaves when it has everything. Whoever calls that an abort is wrong. */
export function lateFin(delay: Delay = {}): Fault {
  return { name: 'late-fin', steps: [{ at: afterEnd(delay), action: 'fin' }] };
}
