import type { Target } from './target.js';

/** What servers of others have in common that run the testbed's application. */
export const peer = {
  role: 'peer',
  probe: true,
  application: true,
  tellsReasons: false,
  halfClose: [],
  knownLimits: [],
} as const satisfies Partial<Target>;
