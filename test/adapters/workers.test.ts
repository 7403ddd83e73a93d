import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { WorkersApp, WorkersOptions } from '../../src/adapters/workers.js';
import { onEngines } from '../contract/engines.js';
import type { RawClient } from '../support/raw-client.js';
import { aWhile, within } from '../support/waiting.js';

// Built, because worker threads run JavaScript: `npm run build:ts` comes first.
const built = pathToFileURL(join(import.meta.dirname, '../../dist/adapters/workers.js')).href;
const { inWorkers } = (await import(built)) as typeof import('../../src/adapters/workers.js');
const MODULE = join(import.meta.dirname, 'fixtures/blocking.mjs');

onEngines('rule 32: in workers', (bench) => {
  async function serve(options: WorkersOptions = { threads: 1 }) {
    const app: WorkersApp = inWorkers(MODULE, options);
    const server = await bench.serve(app);
    return { app, connect: () => bench.connect(server) };
  }
  const post = (client: RawClient, path: string, body: string, length = body.length) =>
    client.send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`);
  async function get(client: RawClient, path: string) {
    client.request(path);
    return client.response(path);
  }
  const seen = async (client: RawClient) => JSON.parse((await get(client, '/seen')).body) as string[];

  it('requests, bodies, write(), failures before and after the first byte', async () => {
    const { app, connect } = await serve();
    const client = await connect();
    expect((await get(client, '/hello?a=1')).body).toBe('hello from GET /hello?a=1 x');
    post(client, '/echo', 'x'.repeat(200_000));
    expect((await client.response('the echo')).body.length).toBe(200_000);
    post(client, '/lines', 'one\ntwo\n\nlast');
    expect(JSON.parse((await client.response('lines')).body)).toEqual(['one\n', 'two\n', '\n', 'last']);
    expect((await get(client, '/write')).body).toBe('written yielded');
    expect(await get(client, '/failure')).toMatchObject({ status: 503, body: 'replaced' });
    expect((await get(client, '/empty')).body).toBe('after five');
    expect((await get(client, '/throw')).status).toBe(500);
    const truncated = await get(client, '/late');
    expect(truncated).toMatchObject({ complete: false, body: 'part' });
    expect(bench.errors.join()).toMatch(/a note.*before the first byte.*in mid-body/);
    await app.close();
  });

  it('rule 28: a read that blocks does not hold back output', async () => {
    const { app, connect } = await serve();
    const client = await connect();
    post(client, '/talk', '', 6);
    await client.until('before;', 'what came before the read');
    client.send('abc');
    await client.until('read abc;', 'what came between two reads'); // its thread waits for more already
    client.send('def');
    expect((await client.response('the rest')).body).toBe('before;read abc;read def;end 0');
    await app.close();
  });

  it('rule 26: an upload that breaks off ends the loop that reads it', async () => {
    const { app, connect } = await serve();
    const client = await connect();
    await get(client, '/hello'); // the thread has started
    post(client, '/upload', '12345', 100);
    await aWhile(50);
    client.reset();
    const other = await connect();
    expect(await within(seen(other), 'the thread to be free')).toEqual([
      'close /hello: done',
      'InputBroken after 5',
      'close /upload: client-reset',
    ]);
    await app.close();
  });

  it('rules 1, 4: a client that leaves frees the thread: blocked on output, computing, idle', async () => {
    const { app, connect } = await serve({ threads: 1, ringBytes: 4096 });
    const leaves: [path: string, first: string, what: string[]][] = [
      ['/endless', 'xxxx', ['generator closed', 'close /endless: client-fin']],
      ['/compute', 'computing', ['gone: client-fin', 'close /compute: client-fin']],
      ['/idle', '', ['idle closed', 'close /idle: client-fin']],
    ];
    for (const [path, first, what] of leaves) {
      const client = await connect();
      client.request(path);
      await client.until(first, `the first of ${path}`);
      if (path === '/endless') client.stall();
      await aWhile(50);
      client.fin();
      const other = await connect();
      expect(await within(seen(other), `the thread of ${path}`)).toEqual(what);
      other.close();
    }
    await app.close();
  });

  it('a client that leaves before a thread is free is never served', async () => {
    const { app, connect } = await serve();
    const first = await connect();
    first.request('/compute');
    await first.until('computing', 'the thread to be busy');
    const second = await connect();
    second.request('/empty');
    await aWhile(30);
    second.reset();
    await aWhile(30);
    first.reset();
    const third = await connect();
    expect(await seen(third)).toEqual(['gone: client-reset', 'close /compute: client-reset']);
    await app.close();
  });

  it('rule 12: the next request begins while a slow reader still has bytes of the last one to read', async () => {
    const { app, connect } = await serve();
    const slow = await connect();
    post(slow, '/echo', 'y'.repeat(100_000));
    expect((await get(await connect(), '/hello')).status).toBe(200);
    expect((await slow.response('all of the echo')).body).toBe('y'.repeat(100_000));
    await app.close();
  });

  it('rule 30: an invocation is in one place, and alone in its thread; several threads are used', async () => {
    const { app, connect } = await serve({ threads: 3 });
    const clients = await Promise.all(Array.from({ length: 12 }, connect));
    const answers = await Promise.all(clients.map((client) => get(client, '/overlap')));
    const parts = answers.map(({ body }) => body.split(' '));
    expect(new Set(parts.map(([, most]) => most))).toEqual(new Set(['1']));
    expect(new Set(parts.map(([thread]) => thread)).size).toBe(3);
    await app.close();
  });

  it('a thread that dies fails its request, and is replaced', async () => {
    const { app, connect } = await serve();
    const [client, next] = [await connect(), await connect()];
    client.request('/exit');
    next.request('/hello'); // waits for the thread that dies
    expect((await client.response('an error')).status).toBe(500);
    expect((await next.response('its turn')).status).toBe(200);
    expect((await get(client, '/hello')).status).toBe(200);
    expect(bench.errors.join()).toContain('ended with code 3');
    await app.close();
  });

  it('HEAD: the thread is freed though nobody reads', async () => {
    const { app, connect } = await serve({ threads: 1, ringBytes: 1024 });
    const client = await connect();
    client.request('/endless', { method: 'HEAD' });
    expect((await client.response('the head', 'HEAD')).status).toBe(200);
    expect(await seen(client)).toEqual(['generator closed', 'close /endless: done']);
    await app.close();
  });

  it('refuses wrong arguments, and says when the module cannot be loaded', async () => {
    expect(() => inWorkers(7 as never)).toThrow(TypeError);
    expect(() => inWorkers(MODULE, { threads: 0 })).toThrow(RangeError);
    expect(() => inWorkers(MODULE, { ringBytes: 1000 })).toThrow(/power of two/);
    const app = inWorkers('/does/not/exist.mjs', { threads: 1 });
    const client = await bench.start(app);
    expect((await get(client, '/')).status).toBe(500);
    expect(bench.errors.join()).toContain('exist.mjs');
    await app.close();
  });
});
