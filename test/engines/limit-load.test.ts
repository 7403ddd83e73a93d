/** What happens when connections or requests become too many: who is turned away, who has to go, who is served? */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { App } from '../../src/gateway/types.js';
import { onEngines } from '../contract/engines.js';
import type { RawClient } from '../support/raw-client.js';
import { eventually } from '../support/waiting.js';
import { field } from '../support/wire-response.js';

const hello: App = (_environ, start) => {
  start('200 OK', []);
  return ['hello'];
};

onEngines('too many', (bench) => {
  it('maxInFlight: one request more gets 503 with Retry-After, and is served when another is over', async () => {
    const waiting: (() => void)[] = [];
    const app: App = async (_environ, start) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      start('200 OK', []);
      return ['hello'];
    };
    const server = await bench.serve(app, { maxInFlight: 2 });
    const first = [await bench.connect(server), await bench.connect(server)];
    for (const client of first) client.request('/');
    await eventually(() => waiting.length === 2, 'two requests');
    const third = await bench.connect(server);
    const refused = await third.request('/').response('the 503');
    expect([refused.status, field(refused, 'retry-after'), field(refused, 'connection')]).toEqual([503, '1', 'close']);
    expect(await third.untilEnd('the end')).toBe('fin');
    expect(server.stats()).toMatchObject({ inFlight: 2, requests: 2, refused: { 503: 1 } });
    const head = await bench.connect(server);
    expect((await head.request('/', { method: 'HEAD' }).response('a 503 to HEAD', 'HEAD')).status).toBe(503);
    await head.untilEnd('its end');
    expect(head.received, 'no body behind it').toBe('');
    waiting.shift()!();
    const answers = first.map((client) => client.response('a response'));
    for (const answer of answers) answer.catch(() => {}); // the other one comes later
    expect((await Promise.race(answers)).status).toBe(200);
    await eventually(() => server.stats().inFlight === 1, 'one in flight');
    const fourth = (await bench.connect(server)).request('/');
    await eventually(() => waiting.length === 2, 'the fourth request');
    for (const go of waiting) go();
    expect((await fourth.response('the fourth response')).status).toBe(200);
    await eventually(() => server.stats().inFlight === 0, 'none in flight');
  });

  it('inFlight comes back to 0 however requests end', async () => {
    const app: App = (environ, start) => {
      if (environ.path === '/fail') throw new Error('on purpose');
      start('200 OK', []);
      if (environ.path === '/hang')
        return (async function* () {
          yield 'x';
          await new Promise(() => {});
        })();
      return ['hello'];
    };
    const server = await bench.serve(app, { maxInFlight: 100 });
    const clients: RawClient[] = [];
    for (const path of ['/', '/fail', '/hang', '/hang', '/hang']) {
      const client = await bench.connect(server);
      client.request(path).request(path);
      clients.push(client);
    }
    await eventually(() => server.stats().requests >= 7 && server.stats().inFlight > 0, 'the requests');
    for (const client of clients) await eventually(() => client.total > 0, 'an answer');
    clients[2]!.reset();
    clients[3]!.close();
    clients[4]!.fin();
    await eventually(() => server.stats().inFlight === 0, 'none in flight');
  });

  it('keepAlivePressureMs: at nine tenths of maxConnections the longest idle make room, below they stay', async () => {
    const server = await bench.serve(hello, { maxConnections: 10, keepAlivePressureMs: 300 });
    const idle: RawClient[] = [];
    const open = async () => {
      const client = await bench.connect(server);
      expect((await client.request('/').response('a response')).status).toBe(200);
      return client;
    };
    for (let i = 0; i < 8; i++) {
      idle.push(await open());
      await sleep(10); // so that it is plain who waits longest
    }
    await sleep(500);
    expect(server.stats()).toMatchObject({ connections: 8, closed: { pressure: 0 } });
    await idle[0]!.request('/').response('another response'); // from now on the second is the longest idle
    const fresh = [await open(), await open()];
    await eventually(() => idle[1]!.end === 'fin', 'the longest idle to go');
    expect(idle[0]!.end).toBe(null);
    for (let i = 0; i < 12; i++) {
      fresh.push(await open());
      await sleep(110);
    }
    expect(server.stats().connections).toBeLessThanOrEqual(10);
    expect(server.stats().closed.pressure).toBeGreaterThan(0);
  });
});
