import type { Fault } from './fault.js';
import type { Trigger } from './trigger.js';

/**
 * The cable is cut: from then on every segment to this socket is dropped unseen, no ACK, no RST, no FIN. The socket
 * itself stays until `holdMs` is over. Needs CAP_NET_ADMIN; without it the receipt says `not-permitted`.
 * Receipt: the filter is in place and no segment came through it afterwards.
 */
export function vanish(at: Trigger, holdMs?: number): Fault {
  return { name: 'vanish', steps: [{ at, action: 'vanish' }], ...(holdMs === undefined ? {} : { holdMs }) };
}
