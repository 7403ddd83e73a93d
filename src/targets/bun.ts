import { spawnSync } from 'node:child_process';
import { cached, isCached } from './cache.js';
import { answersOnly, asyncPaths } from './lacks.js';
import { startScript } from './script.js';
import { advice } from './source.js';
import type { Target } from './target.js';
import { firstLineOf } from './versions.js';

const folder = 'bun';
const source = {
  kind: 'npm-binary',
  spec: `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`,
  folder,
} as const;

/** One that the user has comes first. */
function executable(): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v bun'], { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  return isCached(folder) ? cached(folder, 'bin', 'bun') : null;
}

/** Bun's own server. */
export const bun: Target = {
  name: 'bun',
  role: 'peer',
  summary: 'Bun.serve, bodies as asynchronous generators, request.signal',
  probe: true,
  application: true,
  tellsReasons: false,
  halfClose: [],
  knownLimits: [],
  source,
  version: () => `Bun ${firstLineOf(executable()!, '--version')}`,
  lacks: answersOnly(asyncPaths),
  unavailable() {
    const file = executable();
    if (file === null) return `bun is neither installed nor in the cache (${advice('bun', source)})`;
    return firstLineOf(file, '--version') === null ? `${file} does not run here` : null;
  },
  start: (options) => startScript('bun', [], options, { executable: executable()!, flags: [] }),
};
