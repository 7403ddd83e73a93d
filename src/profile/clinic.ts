import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from '../targets/cache.js';

/** One of clinic's tools. */
export interface Tool {
  readonly name: string;
  /** Its package, a dependency of clinic's own. */
  readonly package: string;
  /** Majors of Node.js whose reports were seen to come out. */
  readonly majors: readonly number[];
  /** Its data are written on SIGINT, but the process doesn't end then on these versions: SIGTERM so long after it. */
  readonly endAfterMs?: number;
}

/** Seen with clinic 13 on Node.js 20.20, 22.23 and 24.9. */
export const tools: readonly Tool[] = [
  { name: 'doctor', package: '@clinic/doctor', majors: [20, 22, 24] },
  { name: 'flame', package: '@clinic/flame', majors: [20, 22, 24] },
  { name: 'bubbleprof', package: '@clinic/bubbleprof', majors: [20, 22, 24], endAfterMs: 2000 },
  { name: 'heapprofiler', package: '@clinic/heap-profiler', majors: [20, 22, 24] },
];

/** Why the tool can't be used on this version of Node.js (`v20.1.0`); null when it can. */
export function unsupported({ name, majors }: Tool, version: string): string | null {
  if (majors.includes(Number(/^v?(\d+)\./.exec(version)?.[1]))) return null;
  return `clinic ${name} works on Node.js ${majors.join(', ')}; the server would run on ${version}`;
}

/** What someone types to have it. */
export const howToInstall = 'npm install --no-save --ignore-scripts clinic@13';

/**
 * Where the tool's module is: in the project of the working directory, beside this package, or in the testbed's cache.
 *
 * @returns a path that `require` takes, or null
 */
export function findTool(tool: Tool): string | null {
  const places = [process.cwd(), import.meta.dirname, join(cacheDirectory(), 'clinic')];
  for (const place of places) {
    try {
      const clinic = createRequire(join(place, 'any.js')).resolve('clinic/package.json');
      const found = createRequire(clinic).resolve(tool.package);
      if (existsSync(found)) return found;
    } catch {
      // not there
    }
  }
  return null;
}
