import type { Gateway } from '../gateway/core.js';
import { Exchange } from '../gateway/exchange.js';
import { RequestInput } from '../gateway/input.js';
import type { ResponseHead } from '../gateway/response-head.js';
import type { Chunk, CloseReason } from '../gateway/types.js';
import type { PlainEnviron, PlainStart } from './plain-server.js';

const READ_BYTES = 65_536;

/** An exchange whose socket is somebody's iteration: what is sent waits in a queue until it is taken. */
export class PlainExchange extends Exchange {
  #queue: Chunk[] = [];
  #size = 0;
  #status: ResponseHead | null = null;
  #ended = false;
  #failed = false;
  #wantDrain = false;
  #retry: NodeJS.Timeout | undefined;
  #wake: (() => void) | null = null;

  constructor(
    gateway: Gateway,
    readonly host: PlainEnviron,
    readonly hostStart: PlainStart,
  ) {
    super(gateway);
  }

  // The request.

  get method(): string {
    return this.host.method;
  }
  get path(): string {
    return this.host.path;
  }
  get query(): string {
    return this.host.query ?? '';
  }
  override get scriptName(): string {
    return this.host.scriptName ?? '';
  }
  get minorVersion(): number {
    return this.host.protocol === 'HTTP/1.0' ? 0 : 1;
  }
  remote(): { address: string; port: number } {
    return { address: this.host.remoteAddress ?? '', port: this.host.remotePort ?? 0 };
  }
  fields(): Iterable<readonly [string, string]> {
    return this.host.headers?.entries() ?? [];
  }

  openInput(): RequestInput {
    const source = this.host.input;
    let asked = false;
    const answer = (bytes: Uint8Array) => {
      asked = false;
      if (bytes.length) input.push(bytes);
      else input.end();
    };
    const input: RequestInput = new RequestInput(() => {
      if (asked) return;
      asked = true;
      // Later: a host that answers at once would otherwise be asked from inside of its own answer.
      Promise.resolve()
        .then(() => source!.read(READ_BYTES))
        .then(answer, (error) => {
          this.gateway.log.error(`${this.method} ${this.path}: the host's input failed`, error);
          input.fail({ kind: 'client-reset' });
        });
    });
    if (!source) input.end();
    return input;
  }

  // The response.

  protected sendHead(head: ResponseHead): void {
    this.#status = head;
  }
  protected override sendInterim(): boolean {
    return false; // such a host has no way to
  }
  protected sendChunk(chunk: Chunk): number {
    const size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    // The application may use its buffer again.
    this.#queue.push(typeof chunk === 'string' ? chunk : chunk.slice());
    this.#size += size;
    this.#wakeUp();
    return size;
  }
  protected sendEnd(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#wakeUp();
  }
  protected sendAbort(): void {
    this.#failed = true;
    clearTimeout(this.#retry);
    this.#wakeUp();
  }
  queued(): number {
    return this.#size;
  }
  awaitDrain(): void {
    this.#wantDrain = true;
  }
  awaitRetry(ms: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.onRetry(), Math.ceil(ms));
  }
  protected askKernel(): null {
    return null; // the host asks its kernel, and calls close()
  }

  // The host.

  /** Whether `take()` has something to say. */
  get ready(): boolean {
    return this.#queue.length > 0 || this.#ended || this.#failed;
  }

  /** Resolves when `ready`, at the latest after `ms`. */
  untilReady(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wakeUp(), Math.ceil(ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /**
   * The next chunk; null at the end.
   *
   * @throws Error when the application failed in mid-response: the host has to truncate it (rule 21)
   */
  take(): Chunk | null {
    const chunk = this.#queue.shift();
    if (this.#status && (chunk !== undefined || this.#ended)) {
      const { status, headers } = this.#status;
      this.#status = null;
      this.hostStart(status, headers);
    }
    if (chunk === undefined) {
      if (this.#failed) throw new Error('the application failed, the response is cut short');
      this.handedOver();
      return null;
    }
    this.#size -= typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    if (this.#wantDrain && this.#size <= this.gateway.policy.lowWaterMark) {
      this.#wantDrain = false;
      this.onDrained();
    }
    return chunk;
  }

  /** The host is through with the body. */
  closed(why: CloseReason): void {
    if (this.#ended && this.#queue.length === 0) return;
    this.#queue = [];
    this.#size = 0;
    this.leave(why);
  }
}
