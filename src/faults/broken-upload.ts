import type { Fault } from './fault.js';
import { afterUploaded, type Delay } from './trigger.js';

/**
 * The upload breaks off after `bytes` of the request (its head counts). Receipt: as for `fin` or `rst`, with the
 * bytes sent in the sample.
 */
export function brokenUpload(bytes: number, how: 'fin' | 'rst' | 'half-close', delay: Delay = {}): Fault {
  return { name: `broken-upload-${how}`, steps: [{ at: afterUploaded(bytes, delay), action: how }] };
}
