import type { Fault } from './fault.js';
import type { Trigger } from './trigger.js';

/**
 * The client leaves politely: everything readable is read, then close(), so the kernel sends FIN.
 * Receipt: nothing unread at the close, and the kernel's state after it.
 */
export function fin(at: Trigger): Fault {
  return { name: 'fin', steps: [{ at, action: 'fin' }] };
}
