import type { CloseReason } from './types.js';

/** As a record, so that a kind which is new in the type has to be here, too. */
const kinds: Readonly<Record<CloseReason['kind'], true>> = {
  done: true,
  'app-error': true,
  'client-fin': true,
  'client-reset': true,
  'client-vanished': true,
  'write-stalled': true,
  'input-timeout': true,
  shutdown: true,
};

/** Every reason for which a body may be closed (rule 11). */
export const CLOSE_KINDS = Object.keys(kinds) as readonly CloseReason['kind'][];
