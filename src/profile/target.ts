import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunningTarget, StartOptions, Target } from '../targets/target.js';
import type { Tool } from './clinic.js';

const driver = fileURLToPath(new URL('./driver.js', import.meta.url));

/** Clinic loads itself before it starts the server. */
const readyWithinMs = 30_000;

export interface ProfileOptions {
  readonly tool: Tool;
  /** Path of the tool's module. */
  readonly module: string;
  /** Where its data go; exists, and is empty. */
  readonly directory: string;
  /** How long it may take to write what it collected once the server has been told to end. */
  readonly writeWithinMs: number;
  readonly say: (text: string) => void;
}

/** The same server, each process of it under one of clinic's tools. One of several processes can't be: it has no workers. */
export function profiledTarget(target: Target, options: ProfileOptions): Target {
  const { workers, ...alone } = target;
  let starts = 0;
  return {
    ...alone,
    async start(how: StartOptions) {
      const collect = [process.execPath, driver, 'collect', options.module, options.directory, `${++starts}`];
      const wrap = (command: readonly string[]) => [...collect, ...command];
      const server = await target.start({ readyWithinMs, ...how, wrap });
      let stopping: Promise<void> | null = null;
      return { ...server, stop: () => (stopping ??= stop(server, options)) };
    },
  };
}

/** SIGINT to the server itself is what every tool of clinic takes as the end. */
async function stop(server: RunningTarget, { tool, writeWithinMs, say }: ProfileOptions): Promise<void> {
  tell(server, 'SIGINT');
  if (tool.endAfterMs !== undefined) {
    await untilEnded(server, tool.endAfterMs);
    tell(server, 'SIGTERM');
  }
  await untilEnded(server, writeWithinMs);
  const end = server.ended();
  if (end === null) say(`clinic had not written its data ${writeWithinMs / 1000} s after the server was told to end`);
  else if (!end.startsWith('exited with code 0')) say(`clinic ${end}`);
  await server.stop();
}

function tell(server: RunningTarget, signal: NodeJS.Signals): void {
  try {
    if (server.ended() === null && server.pid !== null) process.kill(server.pid, signal);
  } catch {
    // gone already
  }
}

async function untilEnded(server: RunningTarget, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (server.ended() === null && performance.now() < deadline) await sleep(50);
}
