import { expect, it } from 'vitest';
import { ClientDisconnected } from '../../src/gateway/errors.js';
import type { App, Chunk, Environ } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { aborted, asyncApp, hello, routes, Seen } from './apps.js';
import { onEngines } from './engines.js';

const CHUNK = 'x'.repeat(65_536);
const BIG = 'x'.repeat(8_000_000);

onEngines('a disconnect and the end of a response', (bench) => {
  it('rule 8: a FIN while the last bytes of a whole response wait for their reader is no disconnect', async () => {
    let environ: Environ | undefined;
    const client = await bench.start((given, start) => {
      environ = given;
      given.signal.throwIfAborted();
      void given.completed;
      start('200 OK', []);
      return [BIG];
    });
    client.stall().request('/');
    await eventually(() => environ !== undefined, 'the request');
    await aWhile(50);
    client.fin();
    await aWhile(100);
    expect(environ?.signal.aborted).toBe(false);
    client.readOn();
    expect((await client.response('the response')).body.length).toBe(BIG.length);
    expect((await within(environ!.completed, 'completed')).reason).toEqual({ kind: 'done' });
    expect(environ?.signal.aborted).toBe(false);
  });

  it('rule 8: who asks after the end gets a signal that never aborts, and the completion', async () => {
    const environs: Environ[] = [];
    const client = await bench.start((environ, start) => {
      environs.push(environ);
      return hello(environ, start);
    });
    await client.request('/').response('the response');
    const [environ] = environs;
    expect(await within(environ!.completed, 'completed')).toEqual({
      reason: { kind: 'done' },
      status: 200,
      bodyBytes: 5,
    });
    expect(environ!.signal.aborted).toBe(false);
    client.reset();
    await aWhile(30);
    expect(environ!.signal.aborted).toBe(false);
    expect(environ!.gone()).toBeNull();
  });

  it('rule 12: drained() that is asked for when the response is whole settles, however much of it waits', async () => {
    let environ: Environ | undefined;
    const client = await bench.start((given, start) => {
      environ = given;
      start('200 OK', []);
      return [BIG];
    });
    client.stall().request('/');
    await eventually(() => environ !== undefined, 'the request');
    await aWhile(50);
    await within(environ!.drained(), 'drained()');
  });

  it("rule 9: 'tolerate': a FIN in mid-stream: the stream is delivered, then the connection is closed", async () => {
    const seen = new Seen();
    const client = await bench.start(
      asyncApp(seen, (call) => aWhile(5).then(() => (call < 10 ? `${call},` : null))),
      { onHalfClose: 'tolerate' },
    );
    client.request('/');
    await client.until('2,', 'some chunks');
    client.fin();
    expect(await client.response('the response')).toMatchObject({ body: '0,1,2,3,4,5,6,7,8,9,', complete: true });
    expect(await client.untilEnd('the close')).toBe('fin');
  });

  it("rule 9: 'tolerate': all requests before a FIN are answered, however long they take", async () => {
    const client = await bench.start(
      async (environ, start) => {
        await aWhile(30);
        start('200 OK', []);
        return [environ.path];
      },
      { onHalfClose: 'tolerate' },
    );
    client.request('/1').request('/2').request('/3').fin();
    for (const path of ['/1', '/2', '/3']) expect((await client.response(path)).body).toBe(path);
    expect(await client.untilEnd('the close')).toBe('fin');
  });

  for (const [onHalfClose, gone] of [
    ['tolerate', null],
    ['probe', null],
    ['abort', 'client-fin'],
  ] as const)
    it(`rule 9: '${onHalfClose}': gone() of a half-closed client is ${gone}`, async () => {
      const seen = new Seen();
      const client = await bench.start(
        asyncApp(seen, (call) => (call ? new Promise<Chunk>(() => {}) : 'x')),
        { onHalfClose },
      );
      client.request('/');
      await client.until('x', 'the first chunk');
      client.fin();
      if (gone) await eventually(() => seen.environ.gone() !== null, 'the FIN');
      else await aWhile(60);
      expect(seen.environ.gone()?.kind ?? null).toBe(gone);
    });

  it('rule 9: a FIN that came while the response before was being sent counts for a request that had waited', async () => {
    const seen = new Seen();
    const stream = asyncApp(seen, () => aWhile(5).then(() => 'tick'));
    const big: App = async (_environ, start) => {
      await aWhile(30); // until the second request has been read
      start('200 OK', []);
      return [BIG];
    };
    const client = await bench.start(routes({ '/big': big, '/stream': stream }));
    client.stall().request('/big').request('/stream');
    await aWhile(120);
    client.fin();
    await aWhile(50);
    client.readOn();
    expect((await client.response('the complete one')).complete).toBe(true);
    await client.untilEnd('the end of the stream');
    expect((await within(aborted(seen.environ.signal), 'the abort')).kind).toBe('client-fin');
  });
});

onEngines('a disconnect that is easily missed', (bench) => {
  for (const how of ['fin', 'reset'] as const)
    it(`rule 7: a ${how} behind half of a next request`, async () => {
      const seen = new Seen();
      const client = await bench.start(asyncApp(seen, () => aborted(seen.environ.signal).then(() => null)));
      client.request('/first');
      await eventually(() => seen.asked > 0, 'the request');
      client.send('GET /second HTTP/1.1\r\nHo');
      await aWhile(30);
      client[how]();
      expect((await within(aborted(seen.environ.signal), 'the abort')).kind).toBe(`client-${how}`);
    });

  for (const how of ['fin', 'reset'] as const)
    it(`rule 7: a ${how} behind seven requests that were read before it came`, async () => {
      const seen = new Seen();
      const client = await bench.start(asyncApp(seen, () => aborted(seen.environ.signal).then(() => null)));
      for (let i = 0; i < 8; i++) client.request(`/${i}`);
      await eventually(() => seen.asked > 0, 'the request');
      await aWhile(30);
      client[how]();
      expect((await within(aborted(seen.environ.signal), 'the abort')).kind).toBe(`client-${how}`);
      expect(seen.environ.path).toBe('/0');
    });

  it('rule 4: what waits for a channel inside a middleware wakes up, so that return() is not held up', async () => {
    const order: string[] = [];
    const wrapped = (app: App): App => {
      return async (environ, start) => {
        const body = await app(environ, start);
        async function* passed() {
          try {
            for await (const chunk of body) yield chunk;
          } finally {
            order.push('middleware');
          }
        }
        return Object.assign(passed(), { close: (why: never) => body.close?.(why) });
      };
    };
    const app: App = (environ, start) => {
      start('200 OK', []);
      const channel = environ.channel(start, { close: ({ kind }) => void order.push(kind) });
      channel.put('x');
      return channel;
    };
    const client = await bench.start(wrapped(app), { closeDeadlineMs: 60_000 });
    client.request('/');
    await client.until('x', 'the first chunk');
    client.reset();
    await eventually(() => order.length === 2, 'the release of middleware and channel');
    expect(order).toEqual(['middleware', 'client-reset']);
  });

  if (bench.engine === 'node') return; // it cannot ask the kernel (docs/limits.md)

  for (const style of ['write()', 'put()'] as const)
    it(`rule 5: above the mark, the first ${style} after a RST raises, without an event`, async () => {
      const raised = new Deferred<unknown>();
      const client = await bench.start((environ, start) => {
        const write = start('200 OK', []);
        const channel = style === 'put()' ? environ.channel(start) : null;
        const put = channel ? (chunk: string) => channel.put(chunk) : write;
        while (put(CHUNK));
        client.reset();
        try {
          raised.resolve(put(CHUNK));
        } catch (error) {
          raised.resolve(error);
        }
        return channel ?? [];
      });
      client.stall().request('/');
      expect(await within(raised.promise, style)).toBeInstanceOf(ClientDisconnected);
    });
});
