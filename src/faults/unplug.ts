import type { Fault } from './fault.js';
import type { Trigger } from './trigger.js';

/**
 * The cable is pulled: the link of the client's network namespace (`src/traffic/network.ts`) goes down, and all its
 * connections are cut off at once, in both directions. Receipt: the link went down and no segment came afterwards;
 * `not-permitted` in the machine's own network.
 */
export function unplug(at: Trigger, holdMs?: number): Fault {
  return { name: 'unplug', steps: [{ at, action: 'unplug' }], ...(holdMs === undefined ? {} : { holdMs }) };
}
