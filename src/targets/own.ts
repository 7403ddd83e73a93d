import { fileURLToPath } from 'node:url';
import { loadAddon } from '../addon.js';
import { DEFAULT_BACKOFF } from '../gateway/backoff.js';
import { startScript } from './script.js';
import type { DeadlineName, KnownLimit, Target } from './target.js';
import { versionIn } from './versions.js';

/** The same distance from src/ and from dist/. */
const ownVersion = () => versionIn(fileURLToPath(new URL('../..', import.meta.url)));

const deadlines: readonly DeadlineName[] = [
  'headTimeoutMs',
  'bodyTimeoutMs',
  'stallTimeoutMs',
  'keepAliveIdleMs',
  'graceMs',
];

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
    deadlines: engine === 'native' ? [...deadlines, 'userTimeoutMs'] : deadlines,
    workers: true,
    anyHost: true,
    knownLimits,
    nodeVersion: () => process.version,
    version: () => `halfopen ${ownVersion()} on Node ${process.version}`,
    unavailable: () => (engine === 'native' ? loadAddon().reason : null),
    start: (options) =>
      options.workers === undefined
        ? startScript(
            'gateway',
            [
              engine,
              options.halfClose ?? 'abort',
              JSON.stringify(options.deadlines ?? {}),
              options.host ?? '127.0.0.1',
            ],
            options,
          )
        : startScript('gateway-workers', [engine, String(options.workers)], options),
  };
}
