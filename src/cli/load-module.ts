import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './command.js';

/**
 * The default export of the module at `path`, relative to the working directory.
 *
 * @throws UsageError that tells a missing file, a TypeScript file where Node.js can't run it, an error in the module, and
 *   a missing default export apart
 */
export async function loadDefault(path: string): Promise<unknown> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`no such module: ${path}`);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new UsageError(complaint(path, file, error));
  }
  if (module.default === undefined)
    throw new UsageError(`${path} has no default export; it must be an application (environ, start) => body`);
  return module.default;
}

function complaint(path: string, file: string, error: unknown): string {
  if (!(error instanceof Error)) return `${path} failed to load: ${String(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /^\.[mc]?ts$/.test(extname(path)))
    return `${path}: Node.js ${process.versions.node} can't run TypeScript; it takes 22.18 or above, or a compiled module`;
  const where = location(error) ?? (error instanceof SyntaxError ? syntaxLocation(file) : undefined);
  return `${path} failed to load: ${error.name}: ${error.message}${where ? ` (at ${where})` : ''}`;
}

/** `file:line` of an error: from the heading that a syntax error has, or the first frame of a stack. */
function location(error: Error): string | undefined {
  const stack = error.stack ?? '';
  const heading = /^((?:file:\/\/)?\/\S+:\d+)\n/.exec(stack)?.[1];
  const frame = stack.split('\n').find((line) => /^ +at .*[/\\]/.test(line) && !line.includes('node:internal'));
  return heading ?? frame?.trim().replace(/^at (?:.*\()?|\)$/g, '');
}

/** Modules keep to themselves where their syntax is wrong; the checker of Node.js says it. */
function syntaxLocation(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 });
  return /^((?:file:\/\/)?\/\S+:\d+)\n/.exec(stderr)?.[1];
}
