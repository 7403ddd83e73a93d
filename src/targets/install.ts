import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, cached } from './cache.js';
import type { Source } from './source.js';

/** What became of one program that was asked for: it was brought, or someone has to do something. */
export type Installed = { readonly done: true } | { readonly done: false; readonly advice: string };

export interface InstallOptions {
  /** Packages of the system may be installed: whoever said so meant it. Needs root; `sudo` is never called. */
  readonly system: boolean;
  readonly root: boolean;
}

/**
 * Brings a target's program here, or says how.
 *
 * @throws Error when a command that should bring it fails, with its name; what it printed went to standard error
 */
export async function install(source: Source, { system, root }: InstallOptions): Promise<Installed> {
  if (source.kind === 'npm-module')
    return { done: false, advice: `in your project: npm install --save-dev ${source.packages.join(' ')}` };
  if (source.kind === 'npm-binary') {
    await unpack(source.spec, source.folder);
    return { done: true };
  }
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...source.packages];
  if (!system) return { done: false, advice: `as root: ${command.join(' ')} (or this command with --yes)` };
  if (!root) return { done: false, advice: `only root can: ${command.join(' ')}` };
  await run(command, '/');
  return { done: true };
}

/** npm checks what it fetched; only then it takes the place of its folder, so a half one never does. */
async function unpack(spec: string, folder: string): Promise<void> {
  const parent = cacheDirectory();
  mkdirSync(parent, { recursive: true });
  const scratch = mkdtempSync(join(parent, '.new-'));
  try {
    await run(['npm', 'pack', '--silent', spec], scratch);
    const archive = readdirSync(scratch).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm pack ${spec} left no archive`);
    await run(['tar', '-xzf', archive], scratch);
    const home = cached(folder);
    mkdirSync(dirname(home), { recursive: true });
    rmSync(home, { recursive: true, force: true });
    renameSync(join(scratch, 'package'), home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function run([file, ...args]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(file!, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} failed`);
}
