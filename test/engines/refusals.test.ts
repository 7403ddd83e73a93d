/**
 * Do errors arrive? Closing a socket that holds unread input makes the kernel send a RST, which destroys an answer that
 * the client has not read yet. 1,000 clients for each error status send more than any buffer holds behind the bytes that
 * are refused, read only afterwards, and must find the whole answer and a FIN.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Server } from '../../src/engines/engine.js';
import { nativeEngine } from '../../src/engines/native.js';
import { serve } from '../../src/gateway/serve.js';
import type { App } from '../../src/gateway/types.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';
import { field } from '../support/wire-response.js';

const CLIENTS = 1000;
const AT_ONCE = 100;
const PENDING = Buffer.alloc(512 * 1024, 'x');
const HEAD_TIMEOUT_MS = 600;
const MAX_BODY = 256 * 1024;

const HOST = 'Host: x\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';
const MANY = 'a:\r\n'.repeat(101);

/** What each status is asked for by. The pending input follows at once. */
const REFUSED: readonly (readonly [status: number, why: string, bytes: string])[] = [
  [400, 'a malformed head', `GET / HTTP/1.1\r\n${HOST}no colon\r\n\r\n`],
  [400, 'malformed chunked framing', `POST /read HTTP/1.1\r\n${HOST}${CHUNKED}zz\r\n`],
  [403, 'a body that the application leaves unread', `POST /reject HTTP/1.1\r\n${HOST}Content-Length: 200000\r\n\r\n`],
  [413, 'a length over the limit', `POST /read HTTP/1.1\r\n${HOST}Content-Length: 30000000\r\n\r\n`],
  [413, 'chunks over the limit', `POST /read HTTP/1.1\r\n${HOST}${CHUNKED}fffffff\r\n`],
  [414, 'a long target', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`],
  [417, 'an unknown expectation', `POST / HTTP/1.1\r\n${HOST}Expect: tea\r\nContent-Length: 200000\r\n\r\n`],
  [431, 'too many fields', `GET / HTTP/1.1\r\n${HOST}${MANY}\r\n`],
  [501, 'an unknown coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip\r\n\r\n`],
  [505, 'another version', `GET / HTTP/2.0\r\n${HOST}\r\n`],
];

/** In flight for the server whose cap is one. */
const hanging: App = () => new Promise(() => {});

const app: App = async (environ, start) => {
  if (environ.path === '/reject') {
    start('403 Forbidden', []);
    return ['no'];
  }
  await environ.input.read();
  start('200 OK', []);
  return ['read'];
};

/** Reads the answer with input still on its way. Throws what does not hold. */
async function refused(server: Server, status: number, bytes: string): Promise<void> {
  const client = await RawClient.connect(server.port);
  try {
    client.stall().send(bytes).send(PENDING);
    await sleep(20); // the answer is there by now, and the kernel's buffers are full of what follows
    client.readOn();
    const response = await client.response(`the ${status}`);
    expect([response.status, response.complete, field(response, 'connection')]).toEqual([status, true, 'close']);
    client.send(PENDING);
    expect(await client.untilEnd('the FIN')).toBe('fin');
    expect(client.received, 'nothing behind the answer').toBe('');
  } finally {
    client.reset();
  }
}

/** Runs `one` for each of the clients, a few at a time. @returns what went wrong */
async function all(one: () => Promise<void>, atOnce = AT_ONCE): Promise<string[]> {
  const failures: string[] = [];
  let left = CLIENTS;
  const worker = async () => {
    while (left-- > 0) await one().catch((error: Error) => failures.push(error.message));
  };
  await within(Promise.all(Array.from({ length: atOnce }, worker)), 'all clients', 60_000);
  return failures;
}

describe.skipIf(!nativeEngine())('errors arrive, native engine', () => {
  let server: Server;
  beforeAll(async () => {
    const log = { info: () => {}, error: () => {} };
    server = await serve(app, {
      engine: 'native',
      port: 0,
      log,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      maxBodyBytes: MAX_BODY,
    });
  });
  afterAll(() => within(server.close({ graceMs: 0 }), 'the server to close'));

  it.each(REFUSED)('%i, %s', { timeout: 70_000 }, async (status, _why, bytes) => {
    expect(await all(() => refused(server, status, bytes))).toEqual([]);
  });

  it('200, bodies just under the limit, more at once than the engine has room for', { timeout: 70_000 }, async () => {
    const served = async () => {
      const client = await RawClient.connect(server.port);
      client
        .send(`POST /read HTTP/1.1\r\n${HOST}Content-Length: ${MAX_BODY}\r\n\r\n`)
        .send(PENDING.subarray(0, MAX_BODY));
      expect((await client.response('the 200')).status).toBe(200);
      client.reset();
    };
    expect(await all(served)).toEqual([]);
  });

  it('408, a head that comes a byte at a time', { timeout: 70_000 }, async () => {
    const late = async () => {
      const client = await RawClient.connect(server.port);
      client.send('GET / HTTP/1.1\r\nHost: x\r\nx: ');
      const drip = setInterval(() => client.send('x'), 50);
      try {
        const response = await client.response('the 408');
        expect([response.status, response.complete]).toEqual([408, true]);
        expect(await client.untilEnd('the FIN')).toBe('fin');
      } finally {
        clearInterval(drip);
        client.reset();
      }
    };
    expect(await all(late, CLIENTS)).toEqual([]);
  });

  it('503, requests beyond the cap of those in flight', { timeout: 70_000 }, async () => {
    const log = { info: () => {}, error: () => {} };
    const full = await serve(hanging, { engine: 'native', port: 0, log, maxInFlight: 1 });
    const first = (await RawClient.connect(full.port)).request('/');
    await eventually(() => full.stats().inFlight === 1, 'one in flight');
    const upload = `POST / HTTP/1.1\r\n${HOST}Content-Length: 30000000\r\n\r\n`;
    expect(await all(() => refused(full, 503, upload))).toEqual([]);
    expect(full.stats().refused).toEqual({ 503: CLIENTS });
    first.reset();
    await within(full.close({ graceMs: 0 }), 'the server to close');
  });

  it('all were counted', async () => {
    const { refused: counts } = server.stats();
    const { '400': malformed, '408': late, ...others } = counts;
    const other = Object.values(others).reduce((sum, count) => sum + count, 0);
    expect([malformed, late, other]).toEqual([2 * CLIENTS, CLIENTS, 7 * CLIENTS]);
  });
});
