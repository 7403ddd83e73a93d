import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What takes part in a gate: a directory in which everything is built. */
export interface Build {
  /** As it was asked for, with the commit where there is one: `main (1a2b3c4d5)`. */
  readonly label: string;
  readonly directory: string;
  /** Removes what was made for it. May be called twice. */
  discard(): void;
}

/** A build is not to be had; the message says why, and ends with what the tools printed. */
export class NoBuild extends Error {
  override readonly name = 'NoBuild';
}

export interface BuildOptions {
  /** Shell command that builds a revision in its fresh work tree. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
}

/** A build that hangs must not hang a CI. */
const buildWithinMs = 15 * 60_000;
const outputKept = 3000;

/**
 * A directory as it is, or a git revision of the repository around the working directory, checked out beside it and built.
 *
 * @throws NoBuild
 */
export async function obtainBuild(word: string, options: BuildOptions): Promise<Build> {
  if (existsSync(word) && statSync(word).isDirectory())
    return { label: word, directory: resolve(word), discard: () => {} };
  const revision = git(['rev-parse', '--verify', '--quiet', `${word}^{commit}`]);
  if (revision === null) throw new NoBuild(`${word} is neither a directory nor a git revision that is known here`);
  const parent = mkdtempSync(join(tmpdir(), 'halfopen-build-'));
  const directory = join(parent, 'tree');
  const discard = (): void => {
    if (!existsSync(parent)) return;
    git(['worktree', 'remove', '--force', directory]);
    rmSync(parent, { recursive: true, force: true });
    process.off('exit', discard);
  };
  process.on('exit', discard);
  const label = `${word} (${revision.slice(0, 9)})`;
  try {
    if (git(['worktree', 'add', '--detach', '--quiet', directory, revision]) === null)
      throw new NoBuild(`${label} cannot be checked out`);
    options.onStep(`building ${label}: ${options.command}`);
    await runIn(directory, options);
    return { label, directory, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Null when git is missing or says no. */
function git(args: readonly string[]): string | null {
  try {
    return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Its own process group, so that an interruption ends what it started too. */
function runIn(directory: string, { command, signal }: BuildOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HALFOPEN_ADDON: undefined },
    });
    let output = '';
    const keep = (data: Buffer): void => {
      output = (output + data).slice(-outputKept);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = (): void => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // ended already
      }
    };
    const timer = setTimeout(stop, buildWithinMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const failed = (how: string): void => reject(new NoBuild(`\`${command}\` ${how}\n${output.trim()}`.trim()));
    child.on('error', (error) => failed(`could not be started: ${error.message}`));
    child.on('close', (code, killed) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else failed(killed ? `was ended by ${killed}` : `ended with ${code}`);
    });
  });
}
