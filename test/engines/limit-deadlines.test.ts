/**
 * Does each deadline end who exceeds it, and only him? Times here are short ones given as options, and lower bounds; who stays
 * within one does so by a multiple, since a busy machine makes every client late.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { App } from '../../src/gateway/types.js';
import { onEngines } from '../contract/engines.js';
import type { RawClient } from '../support/raw-client.js';
import { eventually } from '../support/waiting.js';

const reading: App = async (environ, start) => {
  await environ.input.read();
  start('200 OK', []);
  return ['read'];
};
const flood: App = (_environ, start) => {
  start('200 OK', []);
  return (async function* () {
    for (;;) yield new Uint8Array(64 * 1024);
  })();
};

/** Sends `piece` every `everyMs` until the server ends the connection, or `times` is over. */
async function drip(
  client: RawClient,
  piece: string,
  everyMs: number,
  times = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let i = 0; i < times && !client.end && client.received === ''; i++) {
    client.send(piece);
    await sleep(everyMs);
  }
}

/** Reads `bytes` every `everyMs`, until told to stop. */
function readSlowly(client: RawClient, bytes: number, everyMs: number): () => void {
  const { socket } = client;
  socket.removeAllListeners('data');
  socket.pause();
  const timer = setInterval(() => {
    const size = Math.min(bytes, socket.readableLength);
    socket.read(size); // of 0: more is fetched for the next time
  }, everyMs);
  return () => clearInterval(timer);
}

onEngines('deadlines', (bench) => {
  it('firstByteTimeoutMs: a silent connection is closed without a word, one that has begun is not', async () => {
    const server = await bench.serve(reading, { firstByteTimeoutMs: 200, headTimeoutMs: 5000 });
    const [silent, begun] = [await bench.connect(server), await bench.connect(server)];
    begun.send('G');
    expect(await silent.untilEnd('the silent end')).toBe('fin');
    expect(silent.total).toBe(0);
    await sleep(300);
    expect((await begun.send('ET / HTTP/1.1\r\nHost: x\r\n\r\n').response('the response')).status).toBe(200);
    expect(server.stats().closed.silent).toBe(1);
  });

  it('headTimeoutMs is absolute: a head that comes byte by byte gets 408, one that is whole in time 200', async () => {
    const server = await bench.serve(reading, { headTimeoutMs: 2000 });
    const [slow, good] = [await bench.connect(server), await bench.connect(server)];
    void drip(slow.send('GET / HTTP/1.1\r\nHost: x\r\na: '), 'a', 40);
    for (const part of ['GET / HTTP/1.1\r\n', 'Host: ', 'x\r\n', '\r\n']) {
      good.send(part);
      await sleep(100);
    }
    expect((await good.response('the response')).status).toBe(200);
    expect((await slow.response('the 408')).status).toBe(408);
    expect(await slow.untilEnd('the end')).toBe('fin');
  });

  it('bodyTimeoutMs: a body that stops gets 408, one that pauses for less 200', async () => {
    const server = await bench.serve(reading, { bodyTimeoutMs: 1500, minBodyBytesPerS: 0 });
    const [stopped, pausing] = [await bench.connect(server), await bench.connect(server)];
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n';
    stopped.send(`${head}1234567`);
    pausing.send(head);
    await drip(pausing, 'a', 250, 8);
    expect((await pausing.response('the response')).status).toBe(200);
    expect((await stopped.response('the 408')).status).toBe(408);
    expect(bench.errors).toEqual([]);
  });

  it('minBodyBytesPerS: a body that trickles gets 408 though it never stops, a faster one 200', async () => {
    const server = await bench.serve(reading, { minBodyBytesPerS: 1000, minBodyAfterMs: 800 });
    const [slow, fast] = [await bench.connect(server), await bench.connect(server)];
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 15000\r\n\r\n';
    void drip(slow.send(head), 'a'.repeat(10), 50);
    await drip(fast.send(head), 'a'.repeat(500), 40, 30);
    expect((await fast.response('the response')).status).toBe(200);
    expect((await slow.response('the 408')).status).toBe(408);
    expect(bench.errors).toEqual([]);
  });

  it('minBodyBytesPerS counts the waiting for the client, not that of the client for the application', async () => {
    const slowReader: App = async (environ, start) => {
      for (let i = 0; i < 3; i++) {
        await environ.input.read(100);
        await sleep(300);
      }
      start('200 OK', []);
      return ['read'];
    };
    const client = await bench.start(slowReader, { minBodyBytesPerS: 100_000, minBodyAfterMs: 250 });
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n${'a'.repeat(300)}`);
    expect((await client.response('the response')).status).toBe(200);
  });

  it('keepAliveTimeoutMs: an idle connection is closed after it, one that asks in time is served', async () => {
    const server = await bench.serve(reading, { keepAliveTimeoutMs: 1500 });
    const [idle, busy] = [await bench.connect(server), await bench.connect(server)];
    for (const client of [idle, busy]) await client.request('/').response('the first response');
    await sleep(500);
    expect((await busy.request('/').response('the second response')).status).toBe(200);
    expect(await idle.untilEnd('the end')).toBe('fin');
    expect(busy.end).toBe(null);
  });

  const native = it.skipIf(bench.engine !== 'native');
  native(
    'minWriteBytesPerS: a reader below it is reset, one above it and one where there is none are not',
    { timeout: 30_000 },
    async () => {
      const options = { minWriteBytesPerS: 1_000_000, stallTimeoutMs: 1500 };
      const server = await bench.serve(flood, options);
      const lenient = await bench.serve(flood, { ...options, minWriteBytesPerS: 0 });
      const [slow, fast, spared] = [
        await bench.connect(server),
        await bench.connect(server),
        await bench.connect(lenient),
      ];
      const stop = [
        readSlowly(slow.request('/'), 15_000, 50),
        readSlowly(fast.request('/'), 400_000, 20),
        readSlowly(spared.request('/'), 15_000, 50),
      ];
      await eventually(() => server.stats().closed.stalled === 1, 'the slow reader to be reset', 20_000);
      await sleep(1500);
      expect(server.stats()).toMatchObject({
        connections: 1,
        closed: { stalled: 1 },
        disconnects: { 'write-stalled': 1 },
      });
      expect(lenient.stats()).toMatchObject({ connections: 1, closed: { stalled: 0 } });
      for (const each of stop) each();
    },
  );

  it('lingerIdleMs: an ended connection that is silent goes; lingerTimeoutMs: so does one that is not', async () => {
    const server = await bench.serve(reading, { lingerIdleMs: 500, lingerTimeoutMs: 2000 });
    const [silent, sending] = [await bench.connect(server), await bench.connect(server)];
    const began = performance.now();
    for (const client of [silent, sending]) await client.send('nonsense\r\n\r\n').untilEnd('the refusal');
    const timer = setInterval(() => sending.send('a'), 50);
    await eventually(() => server.stats().connections === 1, 'the silent one to go');
    expect(performance.now() - began).toBeGreaterThan(450);
    await eventually(() => server.stats().connections === 0, 'the other to go');
    clearInterval(timer);
    expect(performance.now() - began).toBeGreaterThan(1800);
  });
});
