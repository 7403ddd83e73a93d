/** Runs in each worker thread: one blocking application, one request at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { delayAfter } from '../gateway/backoff.js';
import { ClientDisconnected, ContractError, describe, InputBroken, InputTimeout } from '../gateway/errors.js';
import { LazyHeaders } from '../gateway/request-headers.js';
import { checkHead } from '../gateway/response-head.js';
import type { Chunk, CloseReason, HeaderList, Write } from '../gateway/types.js';
import { INPUT_BYTES, WorkerMemory } from './worker-memory.js';
import type { BlockingApp, BlockingEnviron, BlockingInput, Job, Message, WorkerStart } from './worker-protocol.js';

const { module, control, output, input, backoff } = workerData as WorkerStart;
const memory = new WorkerMemory(control, output, input);
const send = (message: Message): void => parentPort!.postMessage(message);
const wake = (): void => send({ kind: 'wake' });

class WorkerInput implements BlockingInput {
  #rest: Uint8Array = new Uint8Array(0);
  #failure: Error | null = null;

  readSync(n?: number): Uint8Array {
    if (n === undefined) return this.#all();
    if (!Number.isInteger(n) || n < 0)
      throw new ContractError(25, 'a count of bytes for readSync()', describe(n), this.readSync);
    if (this.#rest.length === 0 && n > 0) this.#rest = this.#more(n);
    return this.#take(Math.min(n, this.#rest.length));
  }

  readlineSync(max = Number.MAX_SAFE_INTEGER): Uint8Array {
    for (;;) {
      const end = this.#rest.indexOf(10) + 1;
      if (end > 0 || this.#rest.length >= max) return this.#take(Math.min(end || max, max));
      const more = this.#more(INPUT_BYTES);
      if (more.length === 0) return this.#take(this.#rest.length);
      this.#rest = Buffer.concat([this.#rest, more]);
    }
  }

  #all(): Uint8Array {
    const parts = [this.#take(this.#rest.length)];
    for (let more = this.#more(INPUT_BYTES); more.length; more = this.#more(INPUT_BYTES)) parts.push(more);
    return Buffer.concat(parts);
  }

  #take(n: number): Uint8Array {
    const taken = this.#rest.subarray(0, n);
    this.#rest = this.#rest.subarray(n);
    return taken;
  }

  #more(n: number): Uint8Array {
    if (this.#failure) throw this.#failure;
    const answer = memory.read(() => send({ kind: 'read', most: Math.min(n, INPUT_BYTES) }));
    if (answer instanceof Uint8Array) return answer;
    this.#failure =
      answer === 'timed-out' ? new InputTimeout() : new InputBroken(memory.gone() ?? { kind: 'client-reset' });
    throw this.#failure;
  }
}

/** One request. */
class Invocation {
  #head: { status: string; headers: HeaderList } | null = null;
  #headSent = false;
  #returned = false;

  run(app: BlockingApp, { facts, fields }: Job): void {
    const environ: BlockingEnviron = {
      ...facts,
      headers: new LazyHeaders(() => fields),
      input: new WorkerInput(),
      errors: { write: (text) => send({ kind: 'errors', text }) },
      multithread: true,
      runOnce: false,
      inputTerminated: true,
      gone: () => memory.gone(),
    };
    const body = app(environ, this.#start);
    this.#returned = true;
    let why: CloseReason = { kind: 'app-error' };
    try {
      if (typeof body !== 'object' || body === null || !(Symbol.iterator in body))
        throw new ContractError(12, 'a synchronous iterable of chunks as the body', describe(body));
      this.#iterate(body);
      why = memory.gone() ?? { kind: 'done' };
    } catch (error) {
      why = memory.gone() ?? why;
      throw error;
    } finally {
      body?.close?.(why);
    }
    if (!memory.gone()) this.#sendHead();
  }

  readonly #start = (status: string, headers: HeaderList, failure?: { error: unknown }): Write => {
    if (this.#head && !failure)
      throw new ContractError(19, 'one call of start(), or a failure as third argument', 'a second call', this.#start);
    if (failure && this.#headSent) throw failure.error;
    checkHead(status, headers, this.#start);
    this.#head = { status, headers };
    const write = (chunk: Chunk): boolean => {
      if (this.#returned)
        throw new ContractError(20, 'write() only before the body is returned', 'a call after it', write);
      this.#put(chunk);
      return true;
    };
    return write;
  };

  #iterate(body: Iterable<Chunk>): void {
    let empties = 0;
    for (const chunk of body) {
      if (memory.gone()) return;
      if (chunk?.length === 0) memory.sleep(delayAfter(backoff, ++empties, Math.random()));
      else {
        empties = 0;
        this.#put(chunk);
      }
      if (memory.gone()) return;
    }
  }

  /** @throws ClientDisconnected when nobody wants it (rule 5) */
  #put(chunk: Chunk): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw new ContractError(12, 'a chunk that is a string or a Uint8Array', describe(chunk));
    if (chunk.length === 0) return;
    this.#sendHead();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!memory.put(bytes, wake)) throw new ClientDisconnected(memory.gone()!);
  }

  #sendHead(): void {
    if (this.#headSent) return;
    if (!this.#head) throw new ContractError(18, 'start() before the first chunk, or the end', 'no call');
    this.#headSent = true;
    send({ kind: 'head', ...this.#head });
  }
}

const loaded = import(module) as Promise<{ default: BlockingApp }>;
loaded.catch(() => {}); // each job says so

parentPort!.on('message', async (job: Job) => {
  try {
    const { default: app } = await loaded;
    if (typeof app !== 'function') throw new TypeError(`${module} has no application as its default export`);
    new Invocation().run(app, job);
    send({ kind: 'end' });
  } catch (error) {
    send({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
  }
});
