import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClientEntry } from '../ledger/books.js';
import type { StreamsTold } from './streams.js';

export interface StreamsOptions {
  readonly port: number;
  readonly streams: number;
  /** Of a response. */
  readonly chunks: number;
  readonly everyMs: number;
}

/** The process of the streams, seen from its parent. */
export class Streams {
  readonly entries: ClientEntry[] = [];
  chunks = 0;
  /** CPU time of the process, nanoseconds. */
  cpuNs = 0;
  /** Null while it runs; then why it has ended early, or ''. */
  ended: string | null = null;
  readonly #child;
  readonly #over: Promise<void>;

  constructor({ port, streams, chunks, everyMs }: StreamsOptions) {
    const script = fileURLToPath(new URL('./streams.js', import.meta.url));
    this.#child = fork(script, [port, streams, chunks, everyMs].map(String));
    this.#child.on('message', (message) => {
      const told = message as StreamsTold;
      this.entries.push(...told.entries);
      this.chunks += told.chunks;
      this.cpuNs = told.cpuNs;
      if (told.over) this.ended = '';
    });
    this.#over = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.ended ??= `the process of the streams ended (${signal ?? `code ${code}`})`;
        resolve();
      });
    });
  }

  /**
   * No new requests; resolves when those under way have ended, or `withinMs` is over and the process was killed.
   *
   * @param how `leave`: they are broken off
   */
  async stop(withinMs: number, how: 'stop' | 'leave' = 'stop'): Promise<void> {
    if (this.#child.connected) this.#child.send(how);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    await this.#over;
    clearTimeout(timer);
  }
}
