/**
 * 4,000 slow clients at once: heads that trickle, bodies that trickle, readers that don't read. Is each gone a second after
 * its deadline, and are good clients served all the time?
 */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { RawClient } from '../support/raw-client.js';
import { within } from '../support/waiting.js';
import { Limited } from './limited.js';

const DEADLINE_MS = 6000;
const HEADS = 1700;
const BODIES = 1700;
const READERS = 600;
const GOOD = 8;
const DRIP_MS = 500;

const SLOW = [
  ...Array<string>(HEADS).fill('GET / HTTP/1.1\r\nHost: x\r\na: '),
  ...Array<string>(BODIES).fill('POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n'),
  ...Array<string>(READERS).fill('GET /flood HTTP/1.1\r\nHost: x\r\n\r\n'),
];

/** A client that sends a byte now and then, and never reads an endless body. Says when the server ended it. */
class SlowClient {
  readonly begunAt = performance.now();
  endedAt = 0;
  received = '';
  readonly socket: net.Socket;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: number, bytes: string) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    const ended = () => {
      this.endedAt ||= performance.now();
      clearInterval(this.#timer);
    };
    this.socket.on('end', ended).on('close', ended).on('error', ended);
    this.socket.write(bytes);
    if (bytes.includes('/flood')) return;
    this.socket.on('data', (text) => {
      this.received += text;
    });
    this.#timer = setInterval(() => this.socket.write('a'), DRIP_MS);
  }
}

/** One good client: request after request, each third on a new connection, until told to stop. */
async function beGood(port: number, results: { ok: number; failed: string[]; ms: number[] }, goOn: () => boolean) {
  let client: RawClient | null = null;
  for (let i = 0; goOn(); i++) {
    const began = performance.now();
    try {
      client ??= await RawClient.connect(port);
      const { status } = await client.request('/').response('an answer');
      if (status !== 200) throw new Error(`status ${status}`);
      results.ok++;
    } catch (error) {
      results.failed.push((error as Error).message);
      client?.close();
      client = null;
    }
    results.ms.push(performance.now() - began);
    if (i % 3 === 2) {
      client?.close();
      client = null;
    }
    await sleep(5);
  }
  client?.close();
}

/** The worst delay of a timer of this process, until it is stopped. */
function watchLag(): { stop(): number } {
  let [last, worst] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - 20);
    last = now;
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return worst;
    },
  };
}

const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];

describe.skipIf(!nativeEngine())('overload, native engine', () => {
  let server: Limited;
  let port = 0;
  beforeAll(async () => {
    server = new Limited({
      firstByteTimeoutMs: DEADLINE_MS,
      headTimeoutMs: DEADLINE_MS,
      bodyTimeoutMs: 30_000,
      minBodyBytesPerS: 1000,
      minBodyAfterMs: DEADLINE_MS,
      stallTimeoutMs: DEADLINE_MS,
      lingerIdleMs: 500,
      backlog: 4096,
      maxConnections: 10_000,
    });
    port = await server.port();
  });
  afterAll(() => server.stop());

  it('4,000 slow heads, bodies and readers at once', { timeout: 60_000 }, async () => {
    const results = { ok: 0, failed: [] as string[], ms: [] as number[] };
    let going = true;
    const good = Promise.all(Array.from({ length: GOOD }, () => beGood(port, results, () => going)));
    const slow: SlowClient[] = [];
    for (let i = 0; i < SLOW.length; i++) {
      slow.push(new SlowClient(port, SLOW[(i * 1009) % SLOW.length]!)); // mixed: 1009 has no factor in common with 4000
      if (i % 200 === 199) await sleep(10);
    }
    await server.until(
      'all slow clients to be taken in, and all readers to be stuck',
      (stats) =>
        stats.connections >= SLOW.length && stats.requests >= BODIES + READERS && (stats.waiting.drain ?? 0) >= READERS,
    );
    const begunAt = performance.now();
    const lag = watchLag();
    expect(slow.filter(({ endedAt }) => endedAt === 0).length, 'held at once').toBe(SLOW.length);
    // Good clients come and go: few connections alone would leave room for slow ones among them.
    await server.until(
      'all slow clients to be gone',
      ({ connections, closed }) => connections <= GOOD && (closed.stalled ?? 0) >= READERS,
      DEADLINE_MS + 1000 + 20_000,
    );
    const goneMs = performance.now() - begunAt;
    const lateMs = lag.stop();
    // A machine that is late itself is no fault of the server, and one with sanitizers is late by itself.
    if (!process.env.HALFOPEN_SANITIZED) expect(goneMs).toBeLessThan(DEADLINE_MS + 1000 + 2 * lateMs);
    going = false;
    await within(good, 'the good clients');

    const answered = slow.filter((each) => /^HTTP\/1.1 408 /.test(each.received));
    expect(answered.length, 'trickling heads and bodies learn why').toBe(HEADS + BODIES);
    const rate = results.ok / (results.ok + results.failed.length);
    console.log(
      `overload: gone ${goneMs.toFixed(0)} ms after all were there, deadline ${DEADLINE_MS} ms; ` +
        `good clients: ${results.ok} of ${results.ok + results.failed.length}, ` +
        `p50 ${percentile(results.ms, 0.5)!.toFixed(1)} ms, p99 ${percentile(results.ms, 0.99)!.toFixed(1)} ms`,
    );
    expect(rate, results.failed[0]).toBeGreaterThanOrEqual(0.999);
    const { closed, refused } = await server.stats();
    expect(closed.stalled).toBe(READERS);
    expect(refused['408']).toBe(HEADS);
  });
});
