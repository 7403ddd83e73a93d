import { describe, expect, it } from 'vitest';
import { checkOptions, type ServeOptions } from '../../src/gateway/options.js';

describe('options of serve()', () => {
  it('the defaults', () => {
    const { log, maxConnections, ...rest } = checkOptions({});
    expect(maxConnections).toBeGreaterThan(0);
    expect(maxConnections).toBeLessThanOrEqual(10_000);
    expect(typeof log.info).toBe('function');
    expect(rest).toEqual({
      engine: 'auto',
      host: '127.0.0.1',
      port: 8080,
      backlog: 1024,
      reusePort: false,
      policy: {
        highWaterMark: 65_536,
        lowWaterMark: 16_384,
        turnChunks: 128,
        turnBytes: 131_072,
        backoff: { firstMs: 1, factor: 2, capMs: 250, jitter: 'none' },
        onHalfClose: 'abort',
        closeDeadlineMs: 5000,
      },
      multithread: rest.multithread,
      multiprocess: false,
      coalesce: true,
      gatherUs: 500,
      userTimeoutMs: 30_000,
      keepAliveProbe: { idleMs: 60_000, intervalMs: 10_000, count: 6 },
      maxMethodBytes: 32,
      maxRequestLineBytes: 8192,
      maxHeadBytes: 32_768,
      maxFieldBytes: 16_384,
      maxFields: 100,
      firstByteTimeoutMs: 10_000,
      headTimeoutMs: 10_000,
      bodyTimeoutMs: 30_000,
      minBodyBytesPerS: 240,
      minBodyAfterMs: 5000,
      maxBodyBytes: 1_048_576,
      maxChunkExtensionBytes: 4096,
      maxChunkOverheadBytes: 16_384,
      keepAliveTimeoutMs: 65_000,
      keepAlivePressureMs: 1000,
      pipelineRequests: 8,
      pipelineBytes: 65_536,
      stallTimeoutMs: 30_000,
      minWriteBytesPerS: 0,
      lingerIdleMs: 2000,
      lingerTimeoutMs: 10_000,
      maxLingerBytes: 1_048_576,
      maxInFlight: 0,
      acceptPauseMs: 100,
      maxAcceptPauseMs: 1000,
    });
  });

  it('the low-water mark follows a small high-water mark', () => {
    expect(checkOptions({ highWaterMark: 1000 }).policy).toMatchObject({ highWaterMark: 1000, lowWaterMark: 250 });
    expect(checkOptions({ highWaterMark: 1 }).policy.lowWaterMark).toBe(0);
  });

  it('the first byte has to come no later than the head', () => {
    expect(checkOptions({ headTimeoutMs: 500 }).firstByteTimeoutMs).toBe(500);
    expect(checkOptions({ headTimeoutMs: 20_000 }).firstByteTimeoutMs).toBe(10_000);
    expect(checkOptions({ headTimeoutMs: 500, firstByteTimeoutMs: 2000 }).firstByteTimeoutMs).toBe(2000);
  });

  it('a probe may be given in part', () => {
    expect(checkOptions({ keepAliveProbe: { count: 5 } }).keepAliveProbe).toEqual({
      idleMs: 60_000,
      intervalMs: 10_000,
      count: 5,
    });
  });

  it('several listeners on a port mean several processes', () => {
    expect(checkOptions({ reusePort: true })).toMatchObject({ reusePort: true, multiprocess: true });
  });

  const refused: [options: object, error: typeof TypeError | typeof RangeError, message: string][] = [
    [{ port: 65_536 }, RangeError, 'port must be a whole number from 0 to 65535, got 65536'],
    [{ port: '80' }, TypeError, 'port must be a whole number from 0 to 65535, got the string "80"'],
    [{ port: 1.5 }, RangeError, 'port must be a whole number from 0 to 65535, got 1.5'],
    [{ highWaterMark: 0 }, RangeError, 'highWaterMark must be a whole number from 1 to 1073741824, got 0'],
    [{ lowWaterMark: 65_536 }, RangeError, 'lowWaterMark must be below highWaterMark (65536), got 65536'],
    [{ turnChunks: Number.NaN }, RangeError, 'turnChunks must be a whole number from 1 to 1000000, got NaN'],
    [{ stallTimeoutMs: 0 }, RangeError, 'stallTimeoutMs must be a whole number from 1 to 86400000, got 0'],
    [{ maxHeadBytes: 65_536 }, RangeError, 'maxHeadBytes must be a whole number from 64 to 60000, got 65536'],
    [{ metricsPort: -1 }, RangeError, 'metricsPort must be a whole number from 0 to 65535, got -1'],
    [{ maxBodyBytes: -1 }, RangeError, 'maxBodyBytes must be a whole number from 0 to 1099511627776, got -1'],
    [{ engine: 'uws' }, RangeError, "engine must be one of 'auto', 'native', 'node', got 'uws'"],
    [{ engine: 5 }, TypeError, "engine must be one of 'auto', 'native', 'node', got a number (5)"],
    [{ onHalfClose: 'ignore' }, RangeError, "onHalfClose must be one of 'abort', 'probe', 'tolerate', got 'ignore'"],
    [{ host: '' }, RangeError, "host must be a name or an address, got ''"],
    [{ host: 5 }, TypeError, 'host must be a name or an address, got a number (5)'],
    [{ reusePort: 1 }, TypeError, 'reusePort must be true or false, got a number (1)'],
    [{ coalesce: 'no' }, TypeError, 'coalesce must be true or false, got the string "no"'],
    [{ backoff: { firstMs: 1 } }, RangeError, 'backoff.factor must be at least 1, got undefined'],
    [{ backoff: null }, TypeError, 'backoff must be { firstMs, factor, capMs, jitter }, got null'],
    [{ log: console.log }, TypeError, 'log must have the functions info and error, got a function'],
    [{ keepAliveProbe: 5 }, TypeError, 'keepAliveProbe must be { idleMs, intervalMs, count }, got a number (5)'],
    [
      { keepAliveProbe: { count: 200 } },
      RangeError,
      'keepAliveProbe.count must be a whole number from 1 to 127, got 200',
    ],
    [
      { keepAliveProbe: { idle: 1 } },
      TypeError,
      'unknown option keepAliveProbe.idle; known: idleMs, intervalMs, count',
    ],
    [{ timeout: 5 }, TypeError, 'unknown option timeout; known: port, '],
  ];
  it.each(refused)('%o is refused', (options, error, message) => {
    expect(() => checkOptions(options as ServeOptions)).toThrow(error);
    expect(() => checkOptions(options as ServeOptions)).toThrow(message);
  });

  it.each([null, 5, 'fast'])('%o are no options', (options) => {
    expect(() => checkOptions(options as unknown as ServeOptions)).toThrow(/options must be an object, got/);
  });
});
