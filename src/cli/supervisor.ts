import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { delayAfter } from '../gateway/backoff.js';
import { type MetricsServer, serveMetrics } from '../metrics/server.js';
import { askStats } from './worker-stats.js';

/** What a worker says once it listens. */
export interface Ready {
  readonly ready: { readonly host: string; readonly port: number; readonly engine: string };
}

/** A worker that dies is replaced: soon, then after longer and longer waits, as with empty chunks. */
const RESTART = { firstMs: 100, factor: 2, capMs: 5000, jitter: 'none' } as const;
/** A worker that lived so long was healthy: the next death is the first of a series. */
const HEALTHY_MS = 10_000;
/** Tells a worker which port the first one was given. */
export const PORT_VARIABLE = 'HALFOPEN_WORKER_PORT';

/**
 * Keeps `count` worker processes serving on one port: the native engine's by SO_REUSEPORT, the node engine's through
 * `node:cluster`. SIGTERM and SIGINT drain them, a second one cuts short; SIGHUP replaces them one by one, each new one
 * listening before an old one stops.
 */
export class Supervisor {
  #at: Ready['ready'] | null = null;
  #stopping = 0;
  #reloading = false;
  #deaths = 0;
  #worst = 0;
  #finished!: (code: number) => void;
  readonly #restarts = new Set<NodeJS.Timeout>();

  /**
   * @param args those of `halfopen serve`, for each worker
   * @param metricsPort where the figures of all workers are served, each under its number; absent: nowhere
   */
  constructor(
    readonly count: number,
    readonly args: readonly string[],
    readonly log: (line: string) => void,
    readonly metricsPort?: number,
  ) {}

  /** @returns the exit code, when the last worker has gone after a signal; at once if the first one can't serve */
  async run(): Promise<number> {
    cluster.setupPrimary({ exec: fileURLToPath(new URL('main.js', import.meta.url)), args: ['serve', ...this.args] });
    const first = cluster.fork();
    const started = await outcome(first);
    if (typeof started === 'number') return started || 1;
    this.#at = started;
    const finished = new Promise<number>((resolve) => {
      this.#finished = resolve;
    });
    this.#watch(first);
    process.on('SIGTERM', () => this.#stop());
    process.on('SIGINT', () => this.#stop());
    process.on('SIGHUP', () => void this.#reload());
    await Promise.all(Array.from({ length: this.count - 1 }, () => outcome(this.#fork())));
    const { host, port, engine } = started;
    this.log(`listening on http://${host}:${port} (${engine} engine, ${this.count} workers)`);
    const metrics = await this.#serveMetrics();
    const code = await finished;
    await metrics?.close();
    return code;
  }

  /** A port that is taken is no reason not to serve. */
  async #serveMetrics(): Promise<MetricsServer | null> {
    if (this.metricsPort === undefined) return null;
    const { host } = this.#at!;
    try {
      const metrics = await serveMetrics(host.replace(/[[\]]/g, ''), this.metricsPort, () => askStats(workers()));
      this.log(`metrics at http://${host}:${metrics.port}/metrics`);
      return metrics;
    } catch (error) {
      this.log(`no metrics on port ${this.metricsPort}: ${(error as NodeJS.ErrnoException).code ?? error}`);
      return null;
    }
  }

  #fork(): Worker {
    const worker = cluster.fork({ [PORT_VARIABLE]: String(this.#at!.port) });
    this.#watch(worker);
    return worker;
  }

  #watch(worker: Worker): void {
    const born = performance.now();
    worker.on('exit', (code, signal) => {
      const pid = worker.process.pid;
      if (this.#stopping || worker.exitedAfterDisconnect || retired.has(worker)) {
        if (code) this.#worst = Math.max(this.#worst, code);
        return this.#endIfEmpty();
      }
      this.#deaths = performance.now() - born > HEALTHY_MS ? 1 : this.#deaths + 1;
      const ms = delayAfter(RESTART, this.#deaths, 0);
      this.log(`worker ${pid} ended (${signal ?? `exit code ${code}`}); the next one starts in ${ms} ms`);
      const timer = setTimeout(() => {
        this.#restarts.delete(timer);
        this.#fork();
      }, ms);
      this.#restarts.add(timer);
    });
  }

  #stop(): void {
    this.#stopping++;
    for (const timer of this.#restarts) clearTimeout(timer);
    this.#restarts.clear();
    for (const worker of workers()) worker.process.kill('SIGTERM');
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#stopping && workers().length === 0) this.#finished(this.#worst);
  }

  /** One at a time, so that there are never fewer workers than wanted. */
  async #reload(): Promise<void> {
    if (this.#reloading || this.#stopping) return;
    this.#reloading = true;
    this.log('reloading');
    for (const old of workers()) {
      const started = await outcome(this.#fork());
      if (this.#stopping) break;
      if (typeof started === 'number') {
        this.log('a new worker could not start: the old ones stay');
        break;
      }
      retired.add(old);
      const gone = new Promise((resolve) => old.once('exit', resolve));
      old.process.kill('SIGTERM');
      await gone;
    }
    this.#reloading = false;
    if (!this.#stopping) this.log('reloaded');
  }
}

/** Workers that were told to go: their end is no death. */
const retired = new WeakSet<Worker>();

const workers = (): Worker[] =>
  Object.values(cluster.workers ?? {}).filter((each): each is Worker => each !== undefined);

/** Where the worker listens, or the code with which it ended before it did. */
function outcome(worker: Worker): Promise<Ready['ready'] | number> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null) => resolve(code ?? 1));
    worker.on('message', (message: Partial<Ready>) => {
      if (message.ready) resolve(message.ready);
    });
  });
}
