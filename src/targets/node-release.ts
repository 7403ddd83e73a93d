import { cached, isCached } from './cache.js';
import { answersOnly, asyncPaths } from './lacks.js';
import { startScript } from './script.js';
import { advice } from './source.js';
import type { Target } from './target.js';
import { firstLineOf } from './versions.js';

/** The control's application on another release of Node.js, from a package that holds its executable. */
function nodeRelease(major: number): Target {
  const name = `node-http-${major}`;
  const folder = `node-${major}`;
  const source = { kind: 'npm-binary', spec: `node-linux-${process.arch}@${major}`, folder } as const;
  const executable = () => cached(folder, 'bin', 'node');
  return {
    name,
    role: 'peer',
    summary: `the control’s node:http server on Node.js ${major}`,
    probe: true,
    application: true,
    tellsReasons: false,
    halfClose: [],
    knownLimits: [],
    source,
    nodeVersion: () => firstLineOf(executable(), '--version'),
    version: () => `Node ${firstLineOf(executable(), '--version')}`,
    lacks: answersOnly(asyncPaths),
    unavailable() {
      if (!isCached(folder)) return `Node.js ${major} is not in the cache (${advice(name, source)})`;
      return firstLineOf(executable(), '--version') === null ? `${executable()} does not run here` : null;
    },
    start: (options) => startScript('node-http', [], options, { executable: executable() }),
  };
}

export const node22 = nodeRelease(22);
export const node24 = nodeRelease(24);
