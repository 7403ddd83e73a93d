import { ClientDisconnected } from '../gateway/errors.js';
import type { Body, Chunk, CloseReason, Environ, HeaderList, StartResponse } from '../gateway/types.js';
import type { WorkerMemory } from './worker-memory.js';
import type { Job } from './worker-protocol.js';

/**
 * The main thread's side of one request that runs in a worker: gives the gateway what the worker has put into the ring, and the
 * worker what the client has sent. Reads and output go their own ways: neither waits for the other (rule 28).
 */
export class WorkerJob implements AsyncIterator<Chunk, undefined> {
  /** Resolves with the first byte's headers, or the end: until then they may be replaced (rule 18). */
  readonly body: Promise<Body>;
  /** The client left before a thread was free. */
  abandoned = false;
  /** Until the worker is through: then it is the next request's. */
  #memory: WorkerMemory | null = null;
  /** What the worker had left in the ring. */
  readonly #left: Uint8Array[] = [];
  #resolve!: (body: Body) => void;
  #reject!: (error: unknown) => void;
  #ended = false;
  #failure: { error: unknown } | null = null;
  /** Nobody wants the rest. */
  #gone: CloseReason | null = null;
  #wake: (() => void) | null = null;
  #whenOver: (() => void) | null = null;

  constructor(
    readonly environ: Environ,
    readonly start: StartResponse,
  ) {
    this.body = new Promise<Body>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    void environ.input; // made now, so that it keeps what comes before a disconnect (rule 27)
    const { signal } = environ;
    signal.addEventListener('abort', () => this.#leave(signal.reason as CloseReason));
  }

  /** A thread is there. @returns what it is told */
  begin(memory: WorkerMemory): Job {
    this.#memory = memory;
    const { environ } = this;
    const { method, scriptName, path, query, protocol, scheme, serverName, serverPort } = environ;
    const { remoteAddress, remotePort, multiprocess } = environ;
    const server = { scheme, serverName, serverPort, multiprocess };
    const facts = { method, scriptName, path, query, protocol, remoteAddress, remotePort, ...server };
    return { facts, fields: [...environ.headers.entries()] };
  }

  // What the worker says.

  onHead(status: string, headers: HeaderList): void {
    try {
      this.start(status, headers);
    } catch (error) {
      this.#reject(error);
      return this.#leave({ kind: 'app-error' });
    }
    this.#resolve({ [Symbol.asyncIterator]: () => this, close: (why) => this.close(why) });
  }

  onWake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  async onRead(most: number): Promise<void> {
    const memory = this.#memory!;
    try {
      memory.answer(await this.environ.input.read(most));
    } catch (error) {
      memory.answer((error as Error).name === 'InputTimeout' ? 'timed-out' : 'broken');
    }
  }

  onEnd(): void {
    if (this.#ended) return;
    if (this.#gone) this.#reject(new ClientDisconnected(this.#gone)); // heard only if there is no body yet
    this.#over();
  }

  onFailed(error: unknown): void {
    if (this.#ended) return;
    // An application that is told of the disconnect may end by it: that is no failure.
    if (!this.#gone) this.#failure = { error };
    this.#reject(error);
    this.#over();
  }

  /** The worker is through, and takes the next request: what the client has not read yet is kept here. */
  #over(): void {
    this.#ended = true;
    for (let bytes = this.#memory?.take(); bytes; bytes = this.#memory?.take()) this.#left.push(bytes);
    this.#memory = null;
    this.onWake();
    this.#whenOver?.();
  }

  // What the gateway asks.

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    for (;;) {
      const bytes = this.#gone ? null : this.#rest();
      if (bytes) return { done: false, value: bytes };
      if (this.#failure) throw this.#failure.error;
      if (this.#ended || this.#gone) return { done: true, value: undefined };
      if (this.#memory!.fallAsleep()) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #rest(): Uint8Array | null {
    return this.#memory?.take() ?? this.#left.shift() ?? null;
  }

  /** Resolves when the worker is through with the request. */
  close(why: CloseReason): void | Promise<void> {
    if (this.#ended) return undefined;
    this.#leave(why);
    return new Promise((resolve) => (this.#whenOver = resolve));
  }

  #leave(why: CloseReason): void {
    this.#gone ??= why;
    this.#memory?.setGone(why);
    if (!this.#memory && !this.#ended) {
      this.abandoned = true;
      this.#ended = true;
      this.#reject(new ClientDisconnected(why));
    }
    this.onWake();
  }
}
