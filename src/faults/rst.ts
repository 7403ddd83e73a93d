import type { Fault } from './fault.js';
import type { Trigger } from './trigger.js';

/** The client aborts: SO_LINGER {1, 0} and close(). Receipt: the connection still stood, and the close succeeded. */
export function rst(at: Trigger): Fault {
  return { name: 'rst', steps: [{ at, action: 'rst' }] };
}
