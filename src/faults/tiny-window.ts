import type { Fault } from './fault.js';
import { lateFin } from './late-fin.js';

/**
 * An eager reader behind the smallest receive buffer that the kernel grants, which leaves when it has everything: no
 * fault, but many small segments. Receipt: as for `late-fin`, and the buffer granted.
 */
export function tinyWindow(): Fault {
  return { ...lateFin(), name: 'tiny-window', receiveBuffer: 1 };
}
