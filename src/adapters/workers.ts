import { availableParallelism } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { checkBackoff, DEFAULT_BACKOFF } from '../gateway/backoff.js';
import { describe } from '../gateway/errors.js';
import type { App, BackoffPolicy, Body, Environ, StartResponse } from '../gateway/types.js';
import { WorkerJob } from './worker-job.js';
import { WorkerMemory } from './worker-memory.js';
import type { Message, WorkerStart } from './worker-protocol.js';

export interface WorkersOptions {
  /** Requests that run at the same time; more wait for their turn. Default: one less than the machine has cores. */
  readonly threads?: number;
  /** How much of a response may wait in memory before the application blocks; a power of two. Default 256 KiB. */
  readonly ringBytes?: number;
  /** The wait after an empty chunk, in the worker. */
  readonly backoff?: BackoffPolicy;
}

/** An application that runs elsewhere. */
export type WorkersApp = App & {
  /** Ends the threads, at once. */
  close(): Promise<void>;
};

/**
 * Runs a *blocking* application, the default export of `module`, in worker threads (rule 32): one request at a time in each,
 * `input.readSync()` blocks its thread alone, output goes on while it waits for input, and `environ.gone()` is one atomic load.
 *
 * @param module address or path of the module; a relative path counts from the working directory
 * @throws TypeError, RangeError for wrong arguments
 */
export function inWorkers(module: string | URL, options: WorkersOptions = {}): WorkersApp {
  if (typeof module !== 'string' && !(module instanceof URL))
    throw new TypeError(`module must be a path or a URL, got ${describe(module)}`);
  const {
    threads = Math.max(1, availableParallelism() - 1),
    ringBytes = 256 * 1024,
    backoff = DEFAULT_BACKOFF,
  } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024)
    throw new RangeError(`threads must be a whole number from 1 to 1024, got ${threads}`);
  if (!Number.isInteger(Math.log2(ringBytes)) || ringBytes < 16 || ringBytes > 2 ** 28)
    throw new RangeError(`ringBytes must be a power of two from 16 to ${2 ** 28}, got ${ringBytes}`);
  checkBackoff(backoff);
  const pool = new Pool(addressOf(module), threads, ringBytes, backoff);
  const app = (environ: Environ, start: StartResponse): Promise<Body> => pool.run(environ, start);
  return Object.assign(app, { close: () => pool.close() });
}

function addressOf(module: string | URL): string {
  if (module instanceof URL || module.startsWith('file:')) return String(module);
  return pathToFileURL(resolvePath(module)).href;
}

/** The threads, and the requests that wait for one. */
class Pool {
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: WorkerJob[] = [];

  constructor(
    readonly module: string,
    readonly threads: number,
    readonly ringBytes: number,
    readonly backoff: BackoffPolicy,
  ) {}

  run(environ: Environ, start: StartResponse): Promise<Body> {
    const job = new WorkerJob(environ, start);
    const thread = this.#idle.pop() ?? (this.#all.size < this.threads ? this.#spawn() : null);
    if (thread) thread.take(job);
    else this.#waiting.push(job);
    return job.body;
  }

  #spawn(): Thread {
    const thread = new Thread(this);
    this.#all.add(thread);
    return thread;
  }

  /** A thread has ended its request: nobody else has it, so the next one may. */
  onFree(thread: Thread): void {
    let job = this.#waiting.shift();
    while (job?.abandoned) job = this.#waiting.shift();
    if (job) thread.take(job);
    else this.#idle.push(thread);
  }

  onDead(thread: Thread): void {
    this.#all.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
    const job = this.#waiting.shift();
    if (job) this.#spawn().take(job);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.worker.terminate()));
  }
}

class Thread {
  readonly worker: Worker;
  readonly #memory: WorkerMemory;
  #job: WorkerJob | null = null;

  constructor(readonly pool: Pool) {
    this.#memory = WorkerMemory.create(pool.ringBytes);
    const { control, output, input } = this.#memory;
    const workerData: WorkerStart = { module: pool.module, control, output, input, backoff: pool.backoff };
    this.worker = new Worker(new URL('./worker-thread.js', import.meta.url), { workerData });
    this.worker.unref();
    this.worker.on('message', (message: Message) => this.#onMessage(message));
    this.worker.on('error', (error) => this.#job?.onFailed(error));
    this.worker.on('exit', (code) => {
      this.#job?.onFailed(new Error(`the worker thread ended with code ${code}`));
      pool.onDead(this);
    });
  }

  take(job: WorkerJob): void {
    this.#job = job;
    this.#memory.reset();
    this.worker.postMessage(job.begin(this.#memory));
  }

  #onMessage(message: Message): void {
    const job = this.#job!;
    if (message.kind === 'head') job.onHead(message.status, message.headers);
    else if (message.kind === 'wake') job.onWake();
    else if (message.kind === 'read') void job.onRead(message.most);
    else if (message.kind === 'errors') job.environ.errors.write(message.text);
    else {
      this.#job = null;
      if (message.kind === 'end') job.onEnd();
      else job.onFailed(message.error);
      this.pool.onFree(this);
    }
  }
}
