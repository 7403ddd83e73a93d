import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { EngineOptions } from '../engines/engine.js';
import { checkBackoff, DEFAULT_BACKOFF } from './backoff.js';
import { consoleLog } from './console-log.js';
import type { Log } from './core.js';
import { describe } from './errors.js';
import { LIMIT_NAMES, LIMITS, type Limits, type Range } from './limits.js';
import type { BackoffPolicy, HalfClosePolicy } from './types.js';

/** What `serve()` may be told. Sizes in bytes, times in milliseconds. */
export interface ServeOptions extends Partial<Limits> {
  /** Default 8080; 0: any free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `auto`: native where it is built, else node. */
  readonly engine?: 'auto' | 'native' | 'node';
  /** Default 1024. */
  readonly backlog?: number;
  /** Several processes or threads may listen on the port. Default false. */
  readonly reusePort?: boolean;
  /** A body is not asked for more at or above this many unsent bytes. Default 64 KiB. */
  readonly highWaterMark?: number;
  /** …until no more than this many are left. Below `highWaterMark`. Default 16 KiB. */
  readonly lowWaterMark?: number;
  /** Chunks one body may give before others have their turn. Default 128. */
  readonly turnChunks?: number;
  /** …and bytes. Default 128 KiB. */
  readonly turnBytes?: number;
  /** Growth of the wait after consecutive empty chunks. */
  readonly backoff?: BackoffPolicy;
  /** What a FIN means while the body is being produced. Default `abort`. */
  readonly onHalfClose?: HalfClosePolicy;
  /** How long `return()` and `close()` of a body may take. Default 5 s. */
  readonly closeDeadlineMs?: number;
  /** Default: standard error, with at most 20 lines a second about what clients do. */
  readonly log?: Log;
  /** Consecutive chunks of one turn leave as one HTTP chunk. Default true. */
  readonly coalesce?: boolean;
  /**
   * While the event loop is busy, chunks of a body that has begun wait so long for the next ones, so that a stream which
   * gives one in each turn does not cost a system call in each. Microseconds; default 500, 0: never (native engine).
   */
  readonly gatherUs?: number;
  /** Silence while data is in flight (native engine). Default 30 s. */
  readonly userTimeoutMs?: number;
  /** TCP keep-alive: silence while nothing is in flight. Default 60 s, then 6 probes 10 s apart. */
  readonly keepAliveProbe?: { readonly idleMs?: number; readonly intervalMs?: number; readonly count?: number };
  /** Figures for Prometheus on a port of their own, on the same host; 0: any free one. Default: none. */
  readonly metricsPort?: number;
}

const DAY_MS = 86_400_000;

/** Numbers among the options: default, least and greatest value. */
const NUMBERS = {
  port: [8080, 0, 65_535],
  backlog: [1024, 1, 65_535],
  highWaterMark: [64 * 1024, 1, 2 ** 30],
  lowWaterMark: [16 * 1024, 0, 2 ** 30],
  gatherUs: [500, 0, 10_000],
  turnChunks: [128, 1, 1_000_000],
  turnBytes: [128 * 1024, 1, 2 ** 30],
  closeDeadlineMs: [5000, 1, DAY_MS],
  userTimeoutMs: [30_000, 1, DAY_MS],
  ...LIMITS,
} as const;

const PROBE = { idleMs: [60_000, 1000, DAY_MS], intervalMs: [10_000, 1000, DAY_MS], count: [6, 1, 127] } as const;

const OTHERS = [
  'host',
  'engine',
  'reusePort',
  'backoff',
  'onHalfClose',
  'log',
  'coalesce',
  'keepAliveProbe',
  'metricsPort',
];

/** The names of all options, for command lines. */
export const NUMBER_OPTIONS = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

/** What was checked: which engine, and what it is told. */
export interface CheckedOptions extends EngineOptions {
  readonly engine: 'auto' | 'native' | 'node';
  /** Absent: no metrics. */
  readonly metricsPort?: number;
}

/**
 * Fills in the defaults.
 *
 * @throws TypeError for a wrong type or an unknown name, RangeError for a value out of range; each names the option
 */
export function checkOptions(options: ServeOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object, got ${describe(options)}`);
  checkNames('', options, [...NUMBER_OPTIONS, ...OTHERS]);
  const number = (name: keyof typeof NUMBERS) => checkNumber(name, options[name], NUMBERS[name]);
  const highWaterMark = number('highWaterMark');
  const lowWaterMark =
    options.lowWaterMark === undefined
      ? Math.min(NUMBERS.lowWaterMark[0], Math.floor(highWaterMark / 4))
      : number('lowWaterMark');
  if (lowWaterMark >= highWaterMark)
    throw new RangeError(`lowWaterMark must be below highWaterMark (${highWaterMark}), got ${lowWaterMark}`);
  const reusePort = checkBoolean('reusePort', options.reusePort, false);
  const limits = Object.fromEntries(LIMIT_NAMES.map((name) => [name, number(name)])) as unknown as Limits;
  return {
    engine: checkOneOf('engine', options.engine ?? 'auto', ['auto', 'native', 'node']),
    host: checkHost(options.host ?? '127.0.0.1'),
    port: number('port'),
    backlog: number('backlog'),
    reusePort,
    policy: {
      highWaterMark,
      lowWaterMark,
      turnChunks: number('turnChunks'),
      turnBytes: number('turnBytes'),
      backoff: options.backoff === undefined ? DEFAULT_BACKOFF : checkBackoff(options.backoff),
      onHalfClose: checkOneOf('onHalfClose', options.onHalfClose ?? 'abort', ['abort', 'probe', 'tolerate']),
      closeDeadlineMs: number('closeDeadlineMs'),
    },
    log: checkLog(options.log),
    multithread: !isMainThread,
    multiprocess: reusePort || cluster.isWorker,
    coalesce: checkBoolean('coalesce', options.coalesce, true),
    gatherUs: number('gatherUs'),
    ...limits,
    firstByteTimeoutMs:
      options.firstByteTimeoutMs === undefined
        ? Math.min(limits.firstByteTimeoutMs, limits.headTimeoutMs)
        : limits.firstByteTimeoutMs,
    maxConnections: options.maxConnections === undefined ? defaultConnections() : limits.maxConnections,
    userTimeoutMs: number('userTimeoutMs'),
    keepAliveProbe: checkProbe(options.keepAliveProbe),
    ...(options.metricsPort !== undefined && {
      metricsPort: checkNumber('metricsPort', options.metricsPort, NUMBERS.port),
    }),
  };
}

function checkNames(prefix: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given))
    if (!known.includes(name)) throw new TypeError(`unknown option ${prefix}${name}; known: ${known.join(', ')}`);
}

function checkNumber(name: string, value: unknown, [fallback, least, most]: Range): number {
  if (value === undefined) return fallback;
  const expected = `${name} must be a whole number from ${least} to ${most}`;
  if (typeof value !== 'number') throw new TypeError(`${expected}, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(`${expected}, got ${value}`);
  return value;
}

function checkBoolean(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${describe(value)}`);
  return value;
}

function checkOneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  const expected = `${name} must be one of ${known.map((each) => `'${each}'`).join(', ')}`;
  if (typeof value !== 'string') throw new TypeError(`${expected}, got ${describe(value)}`);
  throw new RangeError(`${expected}, got '${value}'`);
}

function checkHost(host: unknown): string {
  if (typeof host !== 'string') throw new TypeError(`host must be a name or an address, got ${describe(host)}`);
  if (host === '') throw new RangeError("host must be a name or an address, got ''");
  return host;
}

function checkProbe(probe: ServeOptions['keepAliveProbe'] = {}): EngineOptions['keepAliveProbe'] {
  if (typeof probe !== 'object' || probe === null)
    throw new TypeError(`keepAliveProbe must be { idleMs, intervalMs, count }, got ${describe(probe)}`);
  checkNames('keepAliveProbe.', probe, Object.keys(PROBE));
  const number = (name: keyof typeof PROBE) => checkNumber(`keepAliveProbe.${name}`, probe[name], PROBE[name]);
  return { idleMs: number('idleMs'), intervalMs: number('intervalMs'), count: number('count') };
}

function checkLog(log: unknown = consoleLog()): Log {
  const { info, error } = (log ?? {}) as Partial<Log>;
  if (typeof info !== 'function' || typeof error !== 'function')
    throw new TypeError(`log must have the functions info and error, got ${describe(log)}`);
  return sheltered(log as Log);
}

/** What a log throws is its process's affair, like an error in a timer; no response may hang on it. */
function sheltered(log: Log): Log {
  const calling = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
  return {
    info: (message) => calling(() => log.info(message)),
    // One that looks at how many arguments there are is told no error where there is none.
    error: (message, ...error) => calling(() => log.error(message, ...error)),
  };
}

/** Leaves a fifth of the descriptors to the application. */
function defaultConnections(): number {
  const [most] = NUMBERS.maxConnections;
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    if (soft) return Math.max(1, Math.min(most, Math.floor(0.8 * Number(soft))));
  } catch {
    // Not Linux: no such file.
  }
  return most;
}
