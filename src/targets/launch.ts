import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of a server's output is kept for error messages. */
const outputKept = 4000;
const stopWithinMs = 1500;

export interface LaunchOptions {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cpu: number | null;
}

/** A child process with its own process group, so that it and its children end together, and only when we say so. */
export interface Launched {
  readonly pid: number;
  ended(): string | null;
  /** Ties it, with its children and all their threads, to another core. */
  moveTo(cpu: number): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
let watching = false;

/** Starts a server. Its standard input is a pipe that closes when this process dies, however that happens. */
export async function launch({ command, env, cpu }: LaunchOptions): Promise<Launched> {
  const pinned = cpu === null || !canPin() ? command : ['taskset', '-c', String(cpu), ...command];
  const [file, ...args] = pinned;
  const child = spawn(file!, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const keep = (data: Buffer): void => {
    output = (output + data).slice(-outputKept);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.on('error', () => {});
  running.add(child);
  killAllOnExit();
  let end: string | null = null;
  const over = new Promise<void>((resolve) => {
    const finish = (how: string): void => {
      end ??= output.trim() === '' ? how : `${how}; it printed: ${output.trim()}`;
      running.delete(child);
      resolve();
    };
    child.on('error', (error) => finish(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => finish(signal ? `ended by ${signal}` : `exited with code ${code}`));
  });
  await Promise.race([once(child, 'spawn').catch(() => {}), over]);
  return {
    pid: child.pid ?? 0,
    ended: () => end,
    async moveTo(cpu) {
      if (end !== null || !canPin()) return;
      await Promise.all(groupOf(child.pid!).map((pid) => tie(pid, cpu)));
    },
    async stop() {
      if (end !== null) return;
      killGroup(child, 'SIGTERM');
      await Promise.race([over, sleep(stopWithinMs, undefined, { ref: false })]);
      // Also after a polite end: a grandchild may have stayed.
      killGroup(child, 'SIGKILL');
      await Promise.race([over, sleep(stopWithinMs, undefined, { ref: false })]);
    },
  };
}

let pinning: boolean | null = null;

/** Whether processes can be tied to cores here (`taskset` of util-linux, at least two cores). */
export function canPin(): boolean {
  pinning ??=
    spawnSync('taskset', ['-c', '0', 'true']).status === 0 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;
  return pinning;
}

/** Others may be starting on all cores: nobody waits for this but who asked. */
async function tie(pid: number, cpu: number): Promise<void> {
  const taskset = spawn('taskset', ['-apc', String(cpu), String(pid)], { stdio: 'ignore' });
  await once(taskset, 'exit').catch(() => {}); // it was there when `canPin` looked
}

/** The processes of a group, by /proc. */
function groupOf(group: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && groupIn(pid) === group);
}

/** The group is the third field behind the command's name, which may hold anything. NaN: it has ended. */
function groupIn(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return Number.NaN;
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // gone already
  }
}

function killAllOnExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of running) killGroup(child, 'SIGKILL');
  });
}
