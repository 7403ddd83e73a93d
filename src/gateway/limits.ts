/**
 * What one client may cost before the gateway refuses, waits no longer, or closes. Sizes in bytes, times in milliseconds.
 * What the node engine can't limit is in docs/limits.md.
 */
export interface Limits {
  /** A longer method is answered 501. Default 32. */
  readonly maxMethodBytes: number;
  /** A longer request line is answered 414. Default 8 KiB. */
  readonly maxRequestLineBytes: number;
  /** A larger head is answered 431, as are the next two. Default 32 KiB. */
  readonly maxHeadBytes: number;
  /** One field line: name, colon and value. Default 16 KiB. */
  readonly maxFieldBytes: number;
  /** Default 100. */
  readonly maxFields: number;
  /** A new connection that says nothing is closed without a word. Default 10 s, or `headTimeoutMs` if that is less. */
  readonly firstByteTimeoutMs: number;
  /** From the first byte to the end of a request's head, whatever comes in between; then 408. Default 10 s. */
  readonly headTimeoutMs: number;
  /** Between two reads of a request body; then the read fails, by default with 408. Default 30 s. */
  readonly bodyTimeoutMs: number;
  /** The same for a body that comes more slowly than this, counted while the application waits for it; 0: any rate. Default 240. */
  readonly minBodyBytesPerS: number;
  /** …after so much waiting. Default 5 s. */
  readonly minBodyAfterMs: number;
  /** Larger request bodies are answered 413. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Chunk extensions of a whole body; beyond: 400. Default 4 KiB. */
  readonly maxChunkExtensionBytes: number;
  /** Chunk framing of a whole body, and twice the data so far; beyond: 400. Default 16 KiB. */
  readonly maxChunkOverheadBytes: number;
  /** How long an idle connection is kept. Default 65 s. */
  readonly keepAliveTimeoutMs: number;
  /** …when nine tenths of `maxConnections` are open; the longest idle then make room for new ones. Default 1 s. */
  readonly keepAlivePressureMs: number;
  /** Unanswered requests of one connection beyond which no more is read from it. Default 8. */
  readonly pipelineRequests: number;
  /** The same by the size of their heads. Default 64 KiB. */
  readonly pipelineBytes: number;
  /** Without acknowledged progress while bytes wait to be sent; then RST. Default 30 s. */
  readonly stallTimeoutMs: number;
  /** Less than this, on average over `stallTimeoutMs`, is no progress. Default 0: any byte is. */
  readonly minWriteBytesPerS: number;
  /** After the last answer a connection that we end is still read, so that no RST destroys it: so long without a byte… Default 2 s. */
  readonly lingerIdleMs: number;
  /** …so long in all… Default 10 s. */
  readonly lingerTimeoutMs: number;
  /** …and so many bytes. Default 1 MiB. */
  readonly maxLingerBytes: number;
  /** Open at once. Default: 10,000 or 0.8 of the open files allowed, whichever is less. */
  readonly maxConnections: number;
  /** Requests being answered at once; the others get 503 with Retry-After. Default 0: any number. */
  readonly maxInFlight: number;
  /** Accepting pauses so long when descriptors have run out, then twice as long… Default 100. */
  readonly acceptPauseMs: number;
  /** …up to this. Default 1 s. */
  readonly maxAcceptPauseMs: number;
}

export type Range = readonly [fallback: number, least: number, most: number];

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

/** Default, least and greatest value of each. A head has to fit into the engine's largest block, of 64 KiB. */
export const LIMITS: { readonly [K in keyof Limits]: Range } = {
  maxMethodBytes: [32, 1, 60_000],
  maxRequestLineBytes: [8 * 1024, 16, 60_000],
  maxHeadBytes: [32 * 1024, 64, 60_000],
  maxFieldBytes: [16 * 1024, 16, 60_000],
  maxFields: [100, 1, 10_000],
  firstByteTimeoutMs: [10_000, 1, DAY_MS],
  headTimeoutMs: [10_000, 1, DAY_MS],
  bodyTimeoutMs: [30_000, 1, DAY_MS],
  minBodyBytesPerS: [240, 0, GIB],
  minBodyAfterMs: [5000, 1, DAY_MS],
  maxBodyBytes: [1024 * 1024, 0, 2 ** 40],
  maxChunkExtensionBytes: [4 * 1024, 0, GIB],
  maxChunkOverheadBytes: [16 * 1024, 64, GIB],
  keepAliveTimeoutMs: [65_000, 1, DAY_MS],
  keepAlivePressureMs: [1000, 1, DAY_MS],
  pipelineRequests: [8, 1, 128],
  pipelineBytes: [64 * 1024, 1, GIB],
  stallTimeoutMs: [30_000, 1, DAY_MS],
  minWriteBytesPerS: [0, 0, GIB],
  lingerIdleMs: [2000, 1, DAY_MS],
  lingerTimeoutMs: [10_000, 1, DAY_MS],
  maxLingerBytes: [1024 * 1024, 0, GIB],
  maxConnections: [10_000, 1, 1_000_000],
  maxInFlight: [0, 0, 1_000_000],
  acceptPauseMs: [100, 1, 60_000],
  maxAcceptPauseMs: [1000, 1, 60_000],
};

export const LIMIT_NAMES = Object.keys(LIMITS) as (keyof Limits)[];

/** Those of `options`, by name, for whoever passes them on. */
export function limitsOf(options: Limits): Limits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, options[name]])) as unknown as Limits;
}
