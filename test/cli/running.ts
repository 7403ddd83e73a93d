import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { within } from '../support/waiting.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
export const deadlineMs = 90_000;

/** The command in a process of its own, with all that it says. */
export class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly #end: Promise<number | null>;

  /** @param out where it works, unless `cwd` says otherwise, and where its caches are: a calibration of this machine must not decide a test */
  constructor(
    out: string,
    args: readonly string[],
    { cwd = out, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
  ) {
    const places = { XDG_CACHE_HOME: join(out, 'cache'), TMPDIR: out };
    this.child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...places, ...env } });
    this.child.stdout!.on('data', (data) => (this.stdout += data));
    this.child.stderr!.on('data', (data) => (this.stderr += data));
    this.#end = new Promise((done) => this.child.on('close', done));
  }

  async ended(): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const code = await within(this.#end, `halfopen to end; so far: ${this.stderr}`, deadlineMs);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}
