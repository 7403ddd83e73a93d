import { readFileSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { expect, it } from 'vitest';
import type { Server } from '../../src/engines/engine.js';
import { reasonFor } from '../../src/engines/node-connection.js';
import { afterHead, vanish } from '../../src/faults/index.js';
import { runCohorts } from '../../src/traffic/client.js';
import { needsAddon } from '../support/addon.js';
import { aWhile, eventually, within } from '../support/waiting.js';
import { closed, get } from '../traffic/servers.js';
import { aborted, asyncApp, Seen } from './apps.js';
import { type Bench, onEngines } from './engines.js';

const CHUNK = 'x'.repeat(65_536);

it('rule 11: what the errno of a socket says of its peer, node engine', () => {
  const kinds = ['ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET', 'EPIPE', undefined].map((errno) => reasonFor(errno));
  expect(kinds).toEqual([
    { kind: 'client-vanished', errno: 'ETIMEDOUT' },
    { kind: 'client-vanished', errno: 'EHOSTUNREACH' },
    { kind: 'client-reset', errno: 'ECONNRESET' },
    { kind: 'client-reset', errno: 'EPIPE' },
    { kind: 'client-reset' },
  ]);
});

/** node:http cannot set the user timeout, and its probes are the runtime's: ten, one a second (docs/limits.md). */
function nativeIt({ engine }: Bench): (name: string, test: (context: TestContext) => Promise<void>) => void {
  return engine === 'native' ? (name, test) => it(name, test) : () => {};
}

onEngines('a client that says nothing', (bench) => {
  it('rule 10: the kernel asks an idle client whether it is there', async ({ skip }) => {
    skip(process.platform !== 'linux', 'the kernel’s timers are read from /proc');
    const seen = new Seen();
    const server = await bench.serve(
      asyncApp(seen, () => new Promise(() => {})),
      { keepAliveProbe: { idleMs: 50_000 } },
    );
    const client = await bench.connect(server);
    client.request('/');
    await eventually(() => seen.asked > 0, 'the request');
    await eventually(() => timerOf(server.port, client.socket.localPort!).kind !== 'retransmit', 'acknowledgements');
    const { kind, seconds } = timerOf(server.port, client.socket.localPort!);
    expect(kind).toBe('keep-alive');
    expect(seconds).toBeGreaterThan(40);
    expect(seconds).toBeLessThanOrEqual(50);
  });

  nativeIt(bench)(
    'rules 10, 11: the kernel’s own patience with a living reader that stalls ends in write-stalled',
    async () => {
      const seen = new Seen();
      const client = await bench.start(
        asyncApp(seen, () => CHUNK),
        { userTimeoutMs: 2500, stallTimeoutMs: 60_000 },
      );
      client.stall().request('/');
      await eventually(() => seen.asked > 0, 'the request');
      expect((await within(aborted(seen.environ.signal), 'the abort')).kind).toBe('write-stalled');
    },
  );
});

onEngines('a client that vanishes', (bench) => {
  needsAddon();

  /** Why the application was told that its client is gone. */
  async function toldBy(server: Server, seen: Seen, context: TestContext, label: string): Promise<string> {
    const enough = new AbortController();
    const cohort = { id: 'c', host: '127.0.0.1', port: server.port, request: get(), connections: 1, pacing: closed };
    const run = runCohorts([{ ...cohort, rounds: 1, fault: vanish(afterHead(), 15_000), timeoutMs: 20_000 }], {
      seed: 1,
      deadlineMs: 20_000,
      signal: enough.signal,
    });
    try {
      await eventually(() => seen.asked > 0, 'the request');
      return (await within(aborted(seen.environ.signal), label)).kind;
    } finally {
      enough.abort();
      const { reason } = (await within(run, 'the client to end')).cohorts[0]!.samples[0]!.receipt;
      if (reason === 'not-permitted') context.skip('segments cannot be dropped here: CAP_NET_ADMIN is needed');
    }
  }

  nativeIt(bench)('rules 10, 11: with nothing in flight it is found out by probes', async (context) => {
    const seen = new Seen();
    const server = await bench.serve(
      asyncApp(seen, (call) => (call ? new Promise(() => {}) : 'x')),
      { keepAliveProbe: { idleMs: 1000, intervalMs: 1000, count: 3 }, userTimeoutMs: 1500 },
    );
    const began = performance.now();
    expect(await toldBy(server, seen, context, 'the probes to fail')).toBe('client-vanished');
    // One probe that is lost says nothing: a client is given all of them, also where that is longer than the user timeout.
    expect(performance.now() - began).toBeGreaterThan(3500);
  });

  nativeIt(bench)('rules 10, 11: with data in flight it is found out by the user timeout', async (context) => {
    const seen = new Seen();
    const server = await bench.serve(
      asyncApp(seen, () => aWhile(20).then(() => 'x')),
      { userTimeoutMs: 2500 },
    );
    expect(await toldBy(server, seen, context, 'the user timeout')).toBe('client-vanished');
  });

  it('rules 10, 11: with a queue that does not move it is found out by the stall timeout', async (context) => {
    const seen = new Seen();
    const server = await bench.serve(
      asyncApp(seen, () => CHUNK),
      { stallTimeoutMs: 2400 },
    );
    // The node engine cannot tell it from a reader that stalls (docs/limits.md).
    const kind = bench.engine === 'native' ? 'client-vanished' : 'write-stalled';
    expect(await toldBy(server, seen, context, 'the stall timeout')).toBe(kind);
  });
});

const TIMERS: Record<string, string> = { '00': 'none', '01': 'retransmit', '02': 'keep-alive', '04': 'window probe' };

/** Which timer runs at the server's end of a connection on 127.0.0.1, and for how long still. */
function timerOf(serverPort: number, clientPort: number): { kind: string; seconds: number } {
  const end = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((each) => each.includes(`${end(serverPort)} ${end(clientPort)} `));
  const [, timer = '', when = ''] = / [0-9A-F]{8}:[0-9A-F]{8} ([0-9A-F]{2}):([0-9A-F]{8}) /.exec(line ?? '') ?? [];
  return { kind: TIMERS[timer] ?? 'unknown', seconds: Number.parseInt(when, 16) / 100 };
}
