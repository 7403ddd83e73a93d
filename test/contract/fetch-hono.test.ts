import { Hono } from 'hono';
import { stream, streamSSE } from 'hono/streaming';
import { expect, it } from 'vitest';
import { Deferred, within } from '../support/waiting.js';
import { field } from '../support/wire-response.js';
import { onEngines } from './engines.js';

onEngines('a Hono app', (bench) => {
  const hono = () => {
    const app = new Hono<{ Bindings: { remote?: string } }>();
    app.use(async (c, next) => {
      await next();
      c.header('x-middleware', 'yes');
    });
    app.get('/', (c) => c.text('hono'));
    app.get('/user/:name', (c) => c.json({ name: c.req.param('name'), agent: c.req.header('user-agent') ?? null }));
    app.post('/json', async (c) => c.json(await c.req.json()));
    app.get('/throw', () => {
      throw new Error('in a route');
    });
    app.get('/stream', (c) =>
      stream(c, async (out) => {
        for (const part of ['a', 'b', 'c']) await out.write(part);
      }),
    );
    app.onError((error, c) => c.text(`caught: ${error.message}`, 500));
    return app;
  };

  it('rule 36: a Hono app: routes, middleware, bodies, errors, streams', async () => {
    const client = await bench.connect(await bench.serve(hono()));
    const get = async (path: string) => {
      client.request(path);
      return client.response(path);
    };
    const plain = await get('/');
    expect(plain).toMatchObject({ status: 200, body: 'hono', framing: 'length' });
    expect(field(plain, 'x-middleware')).toBe('yes');
    expect(JSON.parse((await get('/user/ann')).body)).toEqual({ name: 'ann', agent: null });
    expect(await get('/none')).toMatchObject({ status: 404 });
    expect(await get('/throw')).toMatchObject({ status: 500, body: 'caught: in a route' });
    expect(await get('/stream')).toMatchObject({ status: 200, body: 'abc', framing: 'chunked' });
    client.send('POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{"a":1}');
    expect((await client.response('json')).body).toBe('{"a":1}');
    expect(bench.errors).toEqual([]);
  });

  it('rule 36: streamSSE of a Hono app is aborted when the client leaves', async () => {
    const left = new Deferred();
    const app = new Hono();
    app.get('/events', (c) =>
      streamSSE(c, async (out) => {
        out.onAbort(() => left.resolve());
        for (let id = 0; !out.aborted; id++) {
          await out.writeSSE({ data: `tick ${id}` });
          await out.sleep(5);
        }
      }),
    );
    const client = await bench.connect(await bench.serve(app));
    client.request('/events');
    await client.until('data: tick 2', 'some events');
    client.fin();
    await within(left.promise, 'onAbort');
    expect(bench.errors).toEqual([]);
  });
});
