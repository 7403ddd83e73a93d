import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface AutocannonOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Core for the process; null: not pinned. */
  readonly cpu: number | null;
  readonly signal?: AbortSignal;
}

export interface AutocannonFigures {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly latencyP99Ms: number;
  readonly errors: number;
  /** CPU time of its process, nanoseconds. */
  readonly cpuNs: number;
}

/**
 * Drives a URL with autocannon in a process of its own.
 *
 * autocannon is JavaScript on one core: at tens of thousands of requests a second it is itself the limit, and its
 * latencies count from when it came to send, not from when a request was due.
 *
 * @returns null where autocannon is not installed, or was interrupted
 */
export function runAutocannon({
  url,
  connections,
  seconds,
  cpu,
  signal,
}: AutocannonOptions): Promise<AutocannonFigures | null> {
  const script = fileURLToPath(new URL('./autocannon-child.js', import.meta.url));
  const command = [process.execPath, script, url, String(connections), String(seconds)];
  const [file, ...args] = cpu === null ? command : ['taskset', '-c', String(cpu), ...command];
  return new Promise((resolve) => {
    execFile(file!, args, { timeout: seconds * 1000 + 10_000, ...(signal ? { signal } : {}) }, (error, stdout) => {
      if (error) resolve(null);
      else resolve(JSON.parse(stdout) as AutocannonFigures);
    });
  });
}
