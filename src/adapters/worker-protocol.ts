import type {
  BackoffPolicy,
  Chunk,
  CloseReason,
  Environ,
  HeaderList,
  RequestHeaders,
  Write,
} from '../gateway/types.js';

/** The plain facts of a request, as they cross to the worker. */
export type Facts = Pick<
  Environ,
  | 'method'
  | 'scriptName'
  | 'path'
  | 'query'
  | 'protocol'
  | 'scheme'
  | 'serverName'
  | 'serverPort'
  | 'remoteAddress'
  | 'remotePort'
  | 'multiprocess'
>;

/** The request body for an application that blocks. */
export interface BlockingInput {
  /**
   * Up to `n` bytes, at least one, blocking for them; without `n` the whole rest. Empty means end of file, and only that.
   *
   * @throws InputBroken, InputTimeout as `input.read()` does (rule 26)
   */
  readSync(n?: number): Uint8Array;
  /** Up to and including the next line feed, at most `max` bytes; empty at end of file. */
  readlineSync(max?: number): Uint8Array;
}

/** What a blocking application sees of its request (rule 32). */
export interface BlockingEnviron extends Facts {
  readonly headers: RequestHeaders;
  readonly input: BlockingInput;
  readonly errors: { write(text: string): void };
  readonly multithread: true;
  readonly runOnce: false;
  readonly inputTerminated: true;
  /** Why the client is gone, or null: one atomic load. */
  gone(): CloseReason | null;
}

/** The start function of a blocking application: its `write` blocks instead of returning false. */
export type BlockingStart = (status: string, headers: HeaderList, failure?: { error: unknown }) => Write;

export type BlockingApp = (
  environ: BlockingEnviron,
  start: BlockingStart,
) => Iterable<Chunk> & { close?(why: CloseReason): void };

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: string;
  readonly control: SharedArrayBuffer;
  readonly output: SharedArrayBuffer;
  readonly input: SharedArrayBuffer;
  readonly backoff: BackoffPolicy;
}

export interface Job {
  readonly facts: Facts;
  readonly fields: [string, string][];
}

/** From the worker. The order is that of events in the application. */
export type Message =
  | { readonly kind: 'head'; readonly status: string; readonly headers: HeaderList }
  | { readonly kind: 'wake' }
  | { readonly kind: 'read'; readonly most: number }
  | { readonly kind: 'errors'; readonly text: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: unknown };
