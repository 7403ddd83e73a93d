import { execFile } from 'node:child_process';

export interface WrkOptions {
  readonly url: string;
  readonly connections: number;
  /** Whole seconds. */
  readonly seconds: number;
  /** Core for the process; null: not pinned. */
  readonly cpu: number | null;
  readonly signal?: AbortSignal;
}

export interface WrkFigures {
  readonly requestsPerSecond: number;
  readonly requests: number;
  /** Median, milliseconds. */
  readonly latencyMs: number;
  /** CPU time of its process, nanoseconds. */
  readonly cpuNs: number;
}

/**
 * Drives a URL with wrk, one thread.
 *
 * @returns null where it is not installed, was interrupted, or had errors
 */
export function runWrk({ url, connections, seconds, cpu, signal }: WrkOptions): Promise<WrkFigures | null> {
  const pinned = cpu === null ? '' : `taskset -c ${cpu} `;
  // `times` of the shell tells what its children used.
  const script = `${pinned}wrk -t1 -c"$1" -d"$2"s --latency "$3" && times`;
  const args = ['-c', script, 'sh', String(connections), String(seconds), url];
  return new Promise((resolve) => {
    execFile('sh', args, { timeout: seconds * 1000 + 10_000, ...(signal ? { signal } : {}) }, (error, stdout) => {
      resolve(error ? null : readWrk(stdout));
    });
  });
}

/** What wrk 4 prints with `--latency`, and after it the shell's `times`. Null for anything else, and when there were errors. */
export function readWrk(text: string): WrkFigures | null {
  const perSecond = /^Requests\/sec:\s+([\d.]+)$/m.exec(text)?.[1];
  const requests = /^\s+(\d+) requests in /m.exec(text)?.[1];
  const [, latency, unit] = /^\s+50%\s+([\d.]+)(us|ms|s)$/m.exec(text) ?? [];
  const [, user, system] =
    /^(\d+m[\d.]+s) (\d+m[\d.]+s)\n*$/m.exec(text.slice(text.lastIndexOf('\n', text.length - 2) + 1)) ?? [];
  if (!perSecond || !requests || !latency || !unit || !user || !system) return null;
  if (/Socket errors|Non-2xx/.test(text)) return null;
  const toMs: Record<string, number> = { us: 1e-3, ms: 1, s: 1000 };
  return {
    requestsPerSecond: Number(perSecond),
    requests: Number(requests),
    latencyMs: Number(latency) * toMs[unit]!,
    cpuNs: nanoseconds(user) + nanoseconds(system),
  };
}

/** `1m2.5s` */
function nanoseconds(time: string): number {
  const [minutes, seconds] = time.split('m') as [string, string];
  return (Number(minutes) * 60 + Number.parseFloat(seconds)) * 1e9;
}
