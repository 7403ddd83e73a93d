import { loadAddon } from '../addon.js';
import { DEFAULT_BACKOFF } from '../gateway/backoff.js';
import type { Flaw } from './flaws.js';
import { startScript } from './script.js';
import type { Target } from './target.js';

/** A server that is wrong by a known amount, for the testbed to be measured with. Not among those to be compared. */
export function calibrated(name: string, flaw: Flaw): Target {
  return {
    name,
    role: 'own',
    summary: 'this gateway with an application that gets one thing wrong by a known amount',
    probe: true,
    application: true,
    tellsReasons: true,
    backoff: DEFAULT_BACKOFF,
    halfClose: ['abort', 'tolerate'],
    knownLimits: [],
    version: () => null,
    unavailable: () => loadAddon().reason,
    start: (options) => startScript('calibrated', [JSON.stringify(flaw), options.halfClose ?? 'abort'], options),
  };
}
