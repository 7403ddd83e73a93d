import { loadAddon } from '../addon.js';
import { DEFAULT_BACKOFF } from '../gateway/backoff.js';
import { startScript } from './script.js';
import type { KnownLimit, Target } from './target.js';

/** This gateway with the testbed's application, through the public `serve()`. */
export function ownTarget(engine: 'native' | 'node', summary: string, knownLimits: readonly KnownLimit[]): Target {
  return {
    name: engine,
    role: 'own',
    summary,
    probe: true,
    application: true,
    tellsReasons: true,
    backoff: DEFAULT_BACKOFF,
    halfClose: ['abort', 'probe', 'tolerate'],
    knownLimits,
    unavailable: () => (engine === 'native' ? loadAddon().reason : null),
    start: (options) => startScript('gateway', [engine, options.halfClose ?? 'abort'], options),
  };
}
