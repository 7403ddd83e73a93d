import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const answersWithinMs = 10_000;
/** What failed is asked again: it may have been installed since. */
const answers = new Map<string, string>();

/** The first line that a command prints; null when it fails. Asked once a process, if it answers. */
export function firstLineOf(file: string, ...args: readonly string[]): string | null {
  const key = JSON.stringify([file, args]);
  const known = answers.get(key);
  if (known !== undefined) return known;
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', timeout: answersWithinMs });
  const line = status === 0 ? (stdout.trim().split('\n')[0] ?? '') : null;
  if (line !== null) answers.set(key, line);
  return line;
}

/** The version of a package that this one, or the project around it, can import; null when there is none. */
export function moduleVersion(name: string): string | null {
  // Not by resolving `name/package.json`: many packages do not export it.
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const version = versionIn(join(directory, 'node_modules', name));
    if (version !== null) return version;
    const above = dirname(directory);
    if (above === directory) return null;
    directory = above;
  }
}

/** The version that a package's directory claims; null when it is no package. */
export function versionIn(directory: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}
