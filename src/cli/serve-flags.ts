import type { ServeOptions } from '../gateway/options.js';
import { UsageError } from './command.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type NumberOption = {
  [K in keyof ServeOptions]-?: NonNullable<ServeOptions[K]> extends number ? K : never;
}[keyof ServeOptions];

/** Flags that take a whole number: the option behind each, and what it means. */
const NUMBER_FLAGS: Record<string, readonly [NumberOption, string]> = {
  port: ['port', 'port to listen on, 0: any free one (8080)'],
  backlog: ['backlog', 'connections waiting to be accepted (1024)'],
  'high-water-bytes': ['highWaterMark', 'a body is not asked for more with so much unsent (65536)'],
  'low-water-bytes': ['lowWaterMark', 'until no more than this is left (16384)'],
  'turn-chunks': ['turnChunks', 'chunks of one body before others have their turn (128)'],
  'turn-bytes': ['turnBytes', 'and bytes (131072)'],
  'gather-us': ['gatherUs', 'chunks wait so long for the next ones while the loop is busy, native engine (500)'],
  'max-connections': ['maxConnections', 'open at once (10000, or 0.8 of the open files allowed)'],
  'max-in-flight': ['maxInFlight', 'requests being answered at once, the others get 503; 0: any number (0)'],
  'max-request-line-bytes': ['maxRequestLineBytes', 'longer ones get 414 (8192)'],
  'max-head-bytes': ['maxHeadBytes', 'larger heads get 431 (32768)'],
  'max-fields': ['maxFields', 'heads of more fields get 431 (100)'],
  'max-field-bytes': ['maxFieldBytes', 'longer field lines get 431 (16384)'],
  'max-method-bytes': ['maxMethodBytes', 'longer methods get 501 (32)'],
  'max-body-bytes': ['maxBodyBytes', 'larger request bodies get 413 (1048576)'],
  'max-chunk-extension-bytes': ['maxChunkExtensionBytes', 'of a whole body, native engine (4096)'],
  'max-chunk-overhead-bytes': ['maxChunkOverheadBytes', 'framing beyond twice the data, native engine (16384)'],
  'first-byte-timeout-ms': ['firstByteTimeoutMs', 'a silent connection is closed after it (10000)'],
  'head-timeout-ms': ['headTimeoutMs', 'for the head of a request, then 408 (10000)'],
  'body-timeout-ms': ['bodyTimeoutMs', 'between two reads of a request body, then 408 (30000)'],
  'min-body-bytes-per-s': ['minBodyBytesPerS', 'slower request bodies get 408; 0: any rate (240)'],
  'min-body-after-ms': ['minBodyAfterMs', 'of waiting for a body, before its rate counts (5000)'],
  'keep-alive-timeout-ms': ['keepAliveTimeoutMs', 'an idle connection is kept so long (65000)'],
  'keep-alive-pressure-ms': ['keepAlivePressureMs', 'the same when nine tenths of the connections are open (1000)'],
  'pipeline-requests': ['pipelineRequests', 'unanswered on a connection before it is read no further (8)'],
  'pipeline-bytes': ['pipelineBytes', 'the same by the size of their heads, native engine (65536)'],
  'stall-timeout-ms': ['stallTimeoutMs', 'without progress while bytes wait (30000)'],
  'min-write-bytes-per-s': ['minWriteBytesPerS', 'less is no progress, native engine (0)'],
  'linger-idle-ms': ['lingerIdleMs', 'a connection that was ended is read so long without a byte (2000)'],
  'linger-timeout-ms': ['lingerTimeoutMs', 'the same in all (10000)'],
  'max-linger-bytes': ['maxLingerBytes', 'the same in bytes (1048576)'],
  'accept-pause-ms': ['acceptPauseMs', 'when descriptors have run out, native engine (100)'],
  'max-accept-pause-ms': ['maxAcceptPauseMs', 'doubling up to this, native engine (1000)'],
  'metrics-port': ['metricsPort', 'figures for Prometheus, of all workers; 0: any free port (none)'],
  'user-timeout-ms': ['userTimeoutMs', 'silence while data is in flight, native engine (30000)'],
  'close-deadline-ms': ['closeDeadlineMs', 'for return() and close() of a body (5000)'],
};

const OTHER_FLAGS = {
  host: ['NAME', 'name or address to listen on (127.0.0.1)'],
  engine: ['NAME', 'auto, native or node (auto)'],
  'on-half-close': ['NAME', 'what a FIN in mid-response means: abort, probe or tolerate (abort)'],
  'grace-ms': ['N', 'responses in progress get so long when the server stops (30000)'],
} as const;

/** For `parseArgs`. */
export const FLAGS: Record<string, { type: 'string' | 'boolean' }> = {
  ...Object.fromEntries(
    [...Object.keys(NUMBER_FLAGS), ...Object.keys(OTHER_FLAGS)].map((f) => [f, { type: 'string' }]),
  ),
  workers: { type: 'string' },
  'reuse-port': { type: 'boolean' },
  validate: { type: 'boolean' },
  help: { type: 'boolean' },
};

/** One line a flag. */
export function flagHelp(): string {
  const rows: [string, string][] = [];
  for (const [flag, [, text]] of Object.entries(NUMBER_FLAGS)) rows.push([`--${flag} N`, text]);
  for (const [flag, [value, text]] of Object.entries(OTHER_FLAGS)) rows.push([`--${flag} ${value}`, text]);
  rows.push(['--workers N', 'processes on the one port, supervised (this process alone)']);
  rows.push(['--reuse-port', 'several processes may listen on the port']);
  rows.push(['--validate', 'check the application and the gateway against the contract']);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`).join('\n');
}

/** @throws UsageError for a number that is none */
export function optionsFrom(values: Record<string, unknown>): {
  graceMs: number;
  workers: number | undefined;
  options: Mutable<ServeOptions>;
} {
  const options: Record<string, unknown> = {};
  for (const [flag, [option]] of Object.entries(NUMBER_FLAGS)) options[option] = wholeNumber(flag, values[flag]);
  options.host = values.host;
  options.engine = values.engine;
  options.onHalfClose = values['on-half-close'];
  options.reusePort = values['reuse-port'];
  for (const name of Object.keys(options)) if (options[name] === undefined) delete options[name];
  const workers = wholeNumber('workers', values.workers);
  if (workers !== undefined && (workers < 1 || workers > 256))
    throw new UsageError(`--workers must be between 1 and 256, got ${workers}`);
  const graceMs = wholeNumber('grace-ms', values['grace-ms']) ?? 30_000;
  // Checked by serve(), which names what is wrong.
  return { graceMs, workers, options: options as Mutable<ServeOptions> };
}

function wholeNumber(flag: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text))
    throw new UsageError(`--${flag} must be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** `highWaterMark must be…` → `--high-water-bytes must be…` */
export function withFlagNames(message: string): string {
  const flags = new Map<string, string>(Object.entries(NUMBER_FLAGS).map(([flag, [option]]) => [option, flag]));
  flags.set('onHalfClose', 'on-half-close').set('engine', 'engine').set('host', 'host');
  return message.replace(/\b\w+(?= must be)|(?<=must be below )\w+/g, (name) => {
    const flag = flags.get(name);
    return flag ? `--${flag}` : name;
  });
}
