import type { RequestInput } from './input.js';
import type { ResponseHead } from './response-head.js';
import type { Chunk, CloseReason, HeaderList } from './types.js';

/** What an exchange needs of the engine that carries it. */
export abstract class Carried {
  // biome-ignore lint/complexity/noUselessConstructor: V8 makes an exchange a fiftieth sooner when the first class of the chain has its own
  constructor() {}

  // What the engine knows of the request.
  abstract get method(): string;
  abstract get path(): string;
  abstract get query(): string;
  abstract get minorVersion(): number;
  /** Where the application is mounted, as far as the carrier knows. */
  get scriptName(): string {
    return '';
  }
  get isHead(): boolean {
    return this.method === 'HEAD';
  }
  abstract remote(): { address: string; port: number };
  abstract fields(): Iterable<readonly [name: string, value: string]>;
  /** Makes the input and connects it to the socket; called at most once. */
  abstract openInput(): RequestInput;

  // What the engine does for the response.
  /**
   * Queues the head. Without a Content-Length of the application's the engine frames: chunked, or by close in HTTP/1.0.
   * @param only the body's one and only chunk, when that is known (rule 22: its length is derived)
   */
  protected abstract sendHead(head: ResponseHead, only?: Chunk): void;
  /** Queues an interim response. @returns false: this engine can't send this one */
  protected sendInterim(_status: string, _headers: HeaderList): boolean {
    return false;
  }
  /** Queues a chunk that is not empty. @returns its size in bytes */
  protected abstract sendChunk(chunk: Chunk): number;
  /** The response is whole. @param notify call `handedOver` when its last byte was handed to the kernel */
  protected abstract sendEnd(notify: boolean): void;
  /** Ends the connection so that the client sees a truncated response (rule 21). Harmless when the connection is gone. */
  protected abstract sendAbort(): void;
  /** Unsent bytes of this response. */
  abstract queued(): number;
  /** Asks for one call of `drained` at low water. */
  abstract awaitDrain(): void;
  /** Asks for one call of `retry` after `ms`; a later request replaces an earlier one. */
  abstract awaitRetry(ms: number): void;
  /** Asks the kernel, now, whether the client is gone. */
  protected abstract askKernel(): CloseReason | null;
}
