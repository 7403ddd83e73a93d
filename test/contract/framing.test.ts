import { expect, it } from 'vitest';
import type { App, Chunk, StartResponse } from '../../src/gateway/types.js';
import { aWhile } from '../support/waiting.js';
import { field } from '../support/wire-response.js';
import { hello, Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

onEngines('the length of a response', (bench) => {
  it('rule 22: not a byte more than the Content-Length; iteration stops there', async () => {
    const seen = new Seen();
    const app = syncApp(seen, () => 'abc');
    const client = await bench.start((environ, start) =>
      app(environ, ((status: string) => start(status, [['Content-Length', '8']])) as StartResponse),
    );
    const response = await client.request('/').response('the response');
    expect(response.body).toBe('abcabcab');
    expect(seen.asked).toBe(3);
    expect(seen.closedBy).toBe('done');
    await aWhile(20);
    expect(client.received).toBe('');
    expect(bench.errors[0]).toMatch(/rule 22/);
  });

  it('rule 22: at the Content-Length a body is not asked again', async () => {
    const seen = new Seen();
    const app = syncApp(seen, () => 'abcd');
    const client = await bench.start((environ, start) =>
      app(environ, ((status: string) => start(status, [['Content-Length', '8']])) as StartResponse),
    );
    expect((await client.request('/').response('the response')).body).toBe('abcdabcd');
    expect(seen.asked).toBe(2);
    expect(bench.errors).toEqual([]);
  });

  it('rule 22: write() may send it all', async () => {
    const seen = new Seen();
    const body = syncApp(seen, () => 'never asked');
    const client = await bench.start((environ, start) =>
      body(environ, ((status: string) => {
        const write = start(status, [['Content-Length', '4']]);
        write('abcd');
        return write;
      }) as StartResponse),
    );
    expect((await client.request('/').response('the response')).body).toBe('abcd');
    expect(seen.asked).toBe(0);
    expect(seen.closedBy).toBe('done');
  });

  it('rule 22: a shortfall closes the connection and is logged', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', [['Content-Length', '10']]);
      return ['abc', 'd'];
    });
    client.request('/');
    await client.untilEnd('the end of the connection');
    expect(await client.response('what there is')).toMatchObject({ body: 'abcd', complete: false });
    expect(bench.causes[0]).toMatchObject({ rule: 22, actual: 'the body ended 6 bytes short of its Content-Length' });
  });

  it('rule 22: the Content-Length counts bytes, not characters', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', [['Content-Length', '4']]);
      return ['äö'];
    });
    const { body } = await client.request('/').response('the response');
    expect(Buffer.from(body, 'latin1').toString()).toBe('äö');
    expect(bench.errors).toEqual([]);
  });

  const single: Record<string, () => Iterable<Chunk> | AsyncIterable<Chunk>> = {
    array: () => ['äh'],
    generator: function* () {
      yield 'äh';
    },
    'async generator': async function* () {
      yield 'äh';
    },
    'generator with empty chunks around': function* () {
      yield '';
      yield 'äh';
    },
  };
  for (const [name, body] of Object.entries(single))
    it(`rule 22: a one-chunk body gets its length derived: ${name}`, async () => {
      const client = await bench.start((_environ, start) => {
        start('200 OK', []);
        return body();
      });
      const response = await client.request('/').response('the response');
      expect(response.framing).toBe('length');
      expect(field(response, 'content-length')).toBe('3');
    });

  for (const body of [['a', 'b'], new Set(['a', 'b'])])
    it(`rule 22: more than one chunk is framed by chunks: ${body.constructor.name}`, async () => {
      const client = await bench.start((_environ, start) => {
        start('200 OK', []);
        return body;
      });
      expect(await client.request('/').response('the response')).toMatchObject({ framing: 'chunked', body: 'ab' });
    });

  for (const [method, status] of [
    ['HEAD', '200 OK'],
    ['HEAD', '404 Not Found'],
    ['GET', '204 No Content'],
    ['GET', '304 Not Modified'],
  ] as const)
    it(`rule 23: no body on ${method}, ${status}; the connection goes on`, async () => {
      const app: App = (_environ, start) => {
        start(status, []);
        return ['must not leave'];
      };
      const client = await bench.start((environ, start) => (environ.path === '/' ? hello : app)(environ, start));
      client.request('/none', { method }).request('/');
      const response = await client.response('the head', method);
      expect(response.status).toBe(Number(status.slice(0, 3)));
      expect(field(response, 'transfer-encoding')).toBeNull();
      expect((await client.response('the next one')).body).toBe('hello');
    });

  it('rule 23: HEAD keeps the Content-Length of the application', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', [['Content-Length', '5']]);
      return ['12345'];
    });
    const response = await client.request('/', { method: 'HEAD' }).response('the head', 'HEAD');
    expect(field(response, 'content-length')).toBe('5');
    expect(bench.errors).toEqual([]);
  });
});
