import { spawnSync } from 'node:child_process';

/** Valgrind makes everything fifty times slower. */
const toolWithinMs = 120_000;

/** The compiler that both builds are counted with. */
export const compiler = process.env.CXX ?? 'c++';

/** What it printed on both streams; null when it failed. */
export function run(command: string, args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: toolWithinMs });
  return status === 0 ? stdout + stderr : null;
}

/** Whether a program is installed. */
export const has = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
