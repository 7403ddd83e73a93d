import { cached, isCached } from './cache.js';
import { answersOnly, asyncPaths } from './lacks.js';
import { startScript } from './script.js';
import { advice } from './source.js';
import type { Target } from './target.js';
import { firstLineOf, versionIn } from './versions.js';

const folder = 'uwebsockets';
const source = {
  kind: 'npm-binary',
  spec: 'uwebsockets@3.0.6',
  folder,
  remark:
    'uWebSockets.js itself is published on GitHub only; this package of npm repeats its binaries and is not by its authors',
} as const;

/** The user's own copy comes first: UWS names its `uws.js`. */
const script = (): string => process.env.UWS || cached(folder, 'uws.js');

/** Nothing when it loads; a module with a binary for another Node.js says so on standard error. */
const loads = (): boolean => firstLineOf(process.execPath, '-e', 'require(process.argv[1])', script()) !== null;

/** uWebSockets.js: the fastest server that Node.js had. */
export const uwebsockets: Target = {
  name: 'uwebsockets',
  role: 'peer',
  summary: 'uWebSockets.js, res.onAborted and res.onWritable',
  probe: true,
  application: true,
  tellsReasons: false,
  halfClose: [],
  knownLimits: [],
  source,
  version: () => `uWebSockets.js (package ${versionIn(cached(folder)) ?? 'given by UWS'}) on Node ${process.version}`,
  lacks: answersOnly(asyncPaths),
  unavailable() {
    if (!process.env.UWS && !isCached(folder))
      return `it is not in the cache (${advice('uwebsockets', source)}, or name its uws.js in UWS)`;
    return loads() ? null : `${script()} cannot be loaded by Node ${process.version}`;
  },
  start: (options) => startScript('uwebsockets', [script()], options),
};
