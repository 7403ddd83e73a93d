import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs that were brought for comparison live: outside any project, and safe to delete. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'halfopen', 'targets');
}

/** A file of a program in the cache, whether it is there or not. */
export const cached = (folder: string, ...path: readonly string[]): string => join(cacheDirectory(), folder, ...path);

export const isCached = (folder: string): boolean => existsSync(cached(folder, 'package.json'));
