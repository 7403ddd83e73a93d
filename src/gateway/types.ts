/**
 * The gateway contract as types: what an application and a gateway owe each other.
 * Rule numbers refer to `docs/contract.md`.
 */

/** One piece of a response body. A string is sent as UTF-8. Length 0 means "nothing yet" (rule 13). */
export type Chunk = Uint8Array | string;

/** Name and value pairs in the order they are sent. Names are case-insensitive, values latin1 without control characters. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

/** Why an exchange ended (rule 11). `errno` is the system's name of the error where there was one, e.g. `ECONNRESET`. */
export interface CloseReason {
  readonly kind:
    | 'done'
    | 'app-error'
    | 'client-fin'
    | 'client-reset'
    | 'client-vanished'
    | 'write-stalled'
    | 'input-timeout'
    | 'shutdown';
  readonly errno?: string;
}

/** What an application returns. `close` is called exactly once, whatever happens (rules 1 to 3). */
export type Body = (Iterable<Chunk> | AsyncIterable<Chunk>) & {
  close?(why: CloseReason): void | Promise<void>;
};

/**
 * Sends a chunk ahead of the iterable (rule 20).
 *
 * @returns false above the high-water mark: await `environ.drained()` before the next one (rule 12)
 * @throws ClientDisconnected when the client is gone (rule 5)
 * @throws ContractError for a wrong type, or when called from inside the iterable (rule 20)
 */
export type Write = (chunk: Chunk) => boolean;

/**
 * Declares status and headers; nothing leaves before the first non-empty chunk (rule 18).
 *
 * @param status e.g. `200 OK`
 * @param failure replaces headers that have not left yet; if they have, `failure.error` itself is thrown (rule 19)
 * @throws ContractError for a malformed status or header (rule 23), or a second call without `failure` (rule 19)
 */
export type StartResponse = (status: string, headers: HeaderList, failure?: { error: unknown }) => Write;

/** The application: called once per request. */
export type App = (environ: Environ, start: StartResponse) => Body | Promise<Body>;

/** What a Fetch handler is told beside the request. */
export interface FetchInfo {
  readonly environ: Environ;
  /** How the exchange went. */
  readonly completed: Promise<Completion>;
}

/** A handler in the manner of the Fetch API (rule 36). */
export type FetchHandler = (request: Request, info: FetchInfo) => Response | Promise<Response>;

/** How an exchange went, known when the last byte was handed to the kernel or the exchange failed. */
export interface Completion {
  readonly reason: CloseReason;
  /** 0 when no headers left. */
  readonly status: number;
  /** Body bytes accepted from the application for this response. */
  readonly bodyBytes: number;
}

/** Re-enables a paused iteration; true if this call had that effect (rule 16). */
export type Resume = () => boolean;

/**
 * A body that is fed by callbacks: the application returns it and puts chunks into it as they come (option 1 of 2004).
 * What was put is sent in order. An idle channel costs neither a timer nor a question.
 */
export interface Channel extends AsyncIterable<Chunk> {
  /**
   * Sends a chunk. An empty one sends nothing.
   *
   * @returns false above the high-water mark: await `drained()` before the next one (rule 12)
   * @throws ClientDisconnected when the client is gone, or the response is over (rule 5)
   * @throws ContractError for a wrong type, after `finish()` or `fail()`, or when far too much is put without waiting
   */
  put(chunk: Chunk): boolean;
  /** Settles when what was put has drained to the low-water mark, or the client is gone; never hangs (rule 12). */
  drained(): Promise<void>;
  /** The body ends after what was put. The second call does nothing. */
  finish(): void;
  /** The body fails after what was put: a 500 before the first byte, a truncated response later (rule 21). */
  fail(error: unknown): void;
  /** Callback form of `environ.input.read(n)`, of the environ that made the channel (rule 35). */
  onGet(n: number, callback: (error: Error | null, data: Uint8Array) => void): void;
  /** For the gateway, and for middleware that forwards it (rules 1 and 35). */
  close(why: CloseReason): void | Promise<void>;
}

export interface ChannelOptions {
  /** Called exactly once, whatever happens (rules 1 to 3). */
  readonly close?: (why: CloseReason) => void | Promise<void>;
}

/** Growth of the wait after consecutive empty chunks (rule 14). Times in milliseconds. */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** `equal`: half of the delay is fixed, half is random. */
  readonly jitter: 'none' | 'equal';
}

/** What a FIN from a client whose response is still being produced means (rule 9). */
export type HalfClosePolicy = 'abort' | 'probe' | 'tolerate';

/** Request header fields, parsed when first asked for. Names are case-insensitive. */
export interface RequestHeaders {
  /** The value; repeated fields are joined with `, ` (cookies with `; `); null if absent. */
  get(name: string): string | null;
  has(name: string): boolean;
  /** Name (lower case) and value of each field line, in order. */
  entries(): IterableIterator<[string, string]>;
}

/** The request body (rules 25 to 28). */
export interface Input extends AsyncIterable<Uint8Array> {
  /**
   * Up to `n` bytes, at least one; without `n` the whole rest. Empty means end of file, and only that.
   * @throws InputBroken when the client broke off in mid-body
   * @throws InputTimeout when the body stalled
   */
  read(n?: number): Promise<Uint8Array>;
  /** Up to and including the next line feed, at most `max` bytes; empty at end of file. */
  readline(max?: number): Promise<Uint8Array>;
  readlines(): Promise<Uint8Array[]>;
  /** Callback form of `read(n)`. */
  onGet(n: number, callback: (error: Error | null, data: Uint8Array) => void): void;
  readonly state: 'open' | 'eof' | 'broken' | 'timed-out';
}

/** Where an application writes its diagnostics: `wsgi.errors`. */
export interface ErrorStream {
  write(text: string): void;
}

/** The request and its surroundings, as an application sees them. */
export interface Environ {
  readonly method: string;
  /** The part of the path at which the application is mounted: `SCRIPT_NAME`. */
  readonly scriptName: string;
  /** Path of the target, still percent-encoded. */
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
  readonly scheme: 'http' | 'https';
  readonly serverName: string;
  readonly serverPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly headers: RequestHeaders;
  readonly input: Input;
  readonly errors: ErrorStream;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
  readonly runOnce: boolean;
  /** The end of `input` is marked, also without a Content-Length: always true here (rule 25). */
  readonly inputTerminated: boolean;
  /** Aborts when the exchange failed, with the `CloseReason` as reason; never on success (rule 8). */
  readonly signal: AbortSignal;
  /**
   * Settles when the last byte was handed to the kernel, or with why that failed. To be asked for before the body ends: who
   * asks later is told how the body ended, not what became of its last bytes.
   */
  readonly completed: Promise<Completion>;
  /** Settles at low water, or when the client is gone; never hangs (rule 12). */
  drained(): Promise<void>;
  /** Why the client is gone, or null. Asks the kernel, so it works in a loop that never yields to the event loop. */
  gone(): CloseReason | null;
  /**
   * Announces a pause: after the next empty chunk the body is not asked again until resume, timeout or disconnect (rule 16).
   */
  pause(timeoutMs?: number): Resume;
  /**
   * A body to return, fed by callbacks (option 1 of 2004).
   *
   * @param start the start function that the application was given: a failure is announced through it, so that middleware
   *   sees it (rule 35)
   * @throws ContractError for a wrong argument
   */
  channel(start: StartResponse, options?: ChannelOptions): Channel;
  /** Another back-off for this response only (rule 14). */
  backoff(policy: BackoffPolicy): void;
  /**
   * Sends an interim response, e.g. `103 Early Hints`, ahead of the final one (rule 24).
   *
   * @param status 102 to 199; 100 is the gateway's own affair, 101 is not supported
   * @returns false when it can't be sent: to an HTTP/1.0 client, after the final headers, or by an engine that can't
   * @throws ContractError for a malformed status or header
   */
  interim(status: string, headers: HeaderList): boolean;
  /** Server extensions, namespaced by their names. */
  readonly extensions: Record<string, unknown>;
}
