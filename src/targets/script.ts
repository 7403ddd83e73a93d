import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProbeReader } from '../probes/reader.js';
import { type Launched, launch } from './launch.js';
import type { RunningTarget, StartOptions } from './target.js';

const readyWithinMs = 10_000;

export interface Runtime {
  /** Default: the Node.js that runs this. */
  readonly executable?: string;
  /** Default: the collector is exposed so that memory can be read without garbage; nothing calls it under load. */
  readonly flags?: readonly string[];
}

/**
 * Starts one of the scripts in `src/targets/apps/` and waits until its probe says `ready`.
 *
 * @param name the script's file name without extension
 */
export function startScript(
  name: string,
  args: readonly string[],
  options: StartOptions,
  { executable = process.execPath, flags = ['--expose-gc'] }: Runtime = {},
): Promise<RunningTarget> {
  const script = fileURLToPath(new URL(`./apps/${name}.js`, import.meta.url));
  return startTelling([executable, ...flags, script, ...args], options);
}

/** Starts a server that chooses its own port and tells its probe when it is `ready`, and waits for that. */
export async function startTelling(
  command: readonly string[],
  {
    cpu,
    startCpu = cpu,
    directory,
    host = '127.0.0.1',
    readyWithinMs: within = readyWithinMs,
    signal,
    wrap,
  }: StartOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningTarget> {
  const probePath = join(directory, 'probe.ndjson');
  const server = await launch({
    command: wrap?.(command) ?? command,
    env: { ...env, HALFOPEN_PROBE: probePath },
    cpu: startCpu,
  });
  const probe = new ProbeReader(probePath);
  await untilReady(server, probe, within, signal);
  if (cpu !== null && startCpu !== cpu) await server.moveTo(cpu);
  const ready = probe.only('ready')[0]!;
  return {
    host,
    port: ready.port,
    path: '/',
    pid: ready.pid,
    probe,
    tells: true,
    ended: server.ended,
    stop: server.stop,
  };
}

async function untilReady(server: Launched, probe: ProbeReader, withinMs: number, signal?: AbortSignal): Promise<void> {
  const settled = () => server.ended() !== null || probe.only('ready').length > 0;
  await probe.until(settled, withinMs, signal);
  if (probe.only('ready').length > 0) return;
  const why =
    server.ended() ?? (signal?.aborted ? 'interrupted' : `did not say that it is ready within ${withinMs} ms`);
  await server.stop();
  throw new Error(`the server did not start: ${why}`);
}
