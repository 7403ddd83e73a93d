import type { Fault } from './fault.js';
import { afterUploaded } from './trigger.js';

/** The request stops after `bytes` (its head counts), and nothing more comes. Receipt: it was not sent whole. */
export function stalledUpload(bytes: number): Fault {
  return {
    name: 'stalled-upload',
    steps: [{ at: afterUploaded(bytes), action: 'slow-send', pace: { bytes: 1, everyMs: 3_600_000 } }],
  };
}
