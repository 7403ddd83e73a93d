import { expect, it } from 'vitest';
import { ContractError } from '../../src/gateway/errors.js';
import type { App, Chunk, HeaderList } from '../../src/gateway/types.js';
import { aWhile, eventually } from '../support/waiting.js';
import { field } from '../support/wire-response.js';
import { asyncApp, hello, Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

onEngines('starting the response', (bench) => {
  /** What the application logged as the cause of its failure. */
  const cause = () => bench.causes[0] as ContractError;

  it('rule 18: start() may come with the first iteration', async () => {
    const client = await bench.start((_environ, start) =>
      (function* () {
        start('201 Created', [['X-Late', 'yes']]);
        yield 'body';
      })(),
    );
    const response = await client.request('/').response('the response');
    expect(response).toMatchObject({ status: 201, reason: 'Created', body: 'body' });
    expect(field(response, 'x-late')).toBe('yes');
  });

  it('rule 18: headers wait for the first chunk that is not empty', async () => {
    const seen = new Seen();
    const client = await bench.start(asyncApp(seen, (call) => (call < 5 ? '' : call === 5 ? 'x' : null)));
    client.request('/');
    await eventually(() => seen.asked >= 3, 'some empty chunks');
    expect(client.total).toBe(0);
    expect((await client.response('the response')).body).toBe('x');
  });

  it('rule 18: headers leave at the end of a body without bytes', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      return [];
    });
    const response = await client.request('/').response('the response');
    expect(response).toMatchObject({ status: 200, body: '' });
    expect(field(response, 'content-length')).toBe('0');
  });

  it('rule 18: headers leave with write(), before the body is there', async () => {
    const client = await bench.start(async (_environ, start) => {
      start('200 OK', [])('first');
      await client.until('first', 'the written bytes');
      return [' second'];
    });
    expect((await client.request('/').response('the response')).body).toBe('first second');
  });

  const unstarted: Record<string, () => Iterable<Chunk> | AsyncIterable<Chunk>> = {
    'a chunk': () => ['x'],
    'the end': () => [],
    'the end of an async body': async function* () {},
  };
  for (const [what, body] of Object.entries(unstarted))
    it(`rule 18: without start() before ${what}, 500`, async () => {
      const client = await bench.start(() => body());
      expect((await client.request('/').response('the failure')).status).toBe(500);
      expect(cause()).toMatchObject({ name: 'ContractError', rule: 18 });
    });

  it('rule 19: a second start() is an error, with the line of the application', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      start('404 Not Found', []);
      return ['x'];
    });
    expect((await client.request('/').response('the failure')).status).toBe(500);
    expect(cause()).toMatchObject({ rule: 19, actual: 'a second call' });
    expect(cause().at).toContain('start.test.ts');
  });

  it('rule 19: with a failure, headers that have not left are replaced', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', [['X-First', '1']]);
      start('503 Later', [['X-Second', '2']], { error: new Error('why') });
      return ['sorry'];
    });
    const response = await client.request('/').response('the response');
    expect(response).toMatchObject({ status: 503, body: 'sorry' });
    expect(field(response, 'x-first')).toBeNull();
    expect(field(response, 'x-second')).toBe('2');
  });

  it('rule 19: with a failure, once headers have left, the same error is thrown', async () => {
    const failure = new Error('why');
    let thrown: unknown;
    const client = await bench.start((_environ, start) =>
      (function* () {
        start('200 OK', []);
        yield 'x';
        try {
          start('500 Oops', [], { error: failure });
        } catch (error) {
          thrown = error;
          throw error;
        }
      })(),
    );
    await client.request('/').untilEnd('the truncation');
    expect(thrown).toBe(failure);
    expect(bench.causes).toEqual([failure]);
  });

  it('rule 20: written bytes come before yielded ones', async () => {
    const client = await bench.start((_environ, start) => {
      const write = start('200 OK', []);
      write('1');
      write(new Uint8Array([50]));
      return ['3', '4'];
    });
    expect((await client.request('/').response('the response')).body).toBe('1234');
  });

  it('rule 20: write() from inside the iterable is misuse, with the line of the application', async () => {
    const client = await bench.start((_environ, start) => {
      const write = start('200 OK', []);
      return (function* () {
        write('x');
        yield 'y';
      })();
    });
    expect((await client.request('/').response('the failure')).status).toBe(500);
    expect(cause()).toMatchObject({ rule: 20 });
    expect(cause().at).toContain('start.test.ts');
  });

  for (const [what, app] of Object.entries<App>({
    'the application throws': () => fail(),
    'the application rejects': async () => fail(),
    'the body throws': (_environ, start) => {
      start('200 OK', []);
      return (function* (): Generator<Chunk> {
        fail();
        yield 'x';
      })();
    },
    'the body rejects': (_environ, start) => {
      start('200 OK', []);
      return (async function* (): AsyncGenerator<Chunk> {
        fail();
        yield 'x';
      })();
    },
  }))
    it(`rule 21: 500 when ${what} before headers; the connection goes on`, async () => {
      const client = await bench.start((environ, start) => (environ.path === '/' ? hello : app)(environ, start));
      const response = await client.request('/fail').response('the failure');
      expect(response).toMatchObject({ status: 500, reason: 'Internal Server Error', complete: true });
      expect(bench.errors[0]).toMatch(/GET \/fail: the application failed.*on purpose/);
      expect((await client.request('/').response('the next one')).body).toBe('hello');
    });

  for (const [name, make] of [['sync', syncApp] as const, ['async', asyncApp] as const])
    it(`rule 21: a ${name} body that fails after headers leaves a truncated response`, async () => {
      const client = await bench.start(make(new Seen(), (call) => (call < 2 ? 'x' : fail())));
      client.request('/');
      await client.untilEnd('the end of the connection');
      const response = await client.response('what there is');
      expect(response).toMatchObject({ status: 200, framing: 'chunked', body: 'xx', complete: false });
      expect(bench.errors).toHaveLength(1);
    });

  it('rule 21: a response delimited by the end of the connection is truncated by RST, not by FIN', async () => {
    const client = await bench.start(asyncApp(new Seen(), (call) => (call ? aWhile(20).then(fail) : 'x')));
    client.request('/', { version: '1.0' });
    expect(await client.untilEnd('the end of the connection')).toBe('reset');
    expect(client.received).toMatch(/x$/);
  });

  const refused: Record<string, [status: unknown, headers: unknown]> = {
    'a hop-by-hop header': ['200 OK', [['Connection', 'close']]],
    'a transfer coding': ['200 OK', [['transfer-encoding', 'chunked']]],
    'a line break in a value': ['200 OK', [['X', 'a\r\nSet-Cookie: b']]],
    'a control character in a value': ['200 OK', [['X', 'a\0b']]],
    'a character above latin1': ['200 OK', [['X', '€']]],
    'a space in a name': ['200 OK', [['X Y', 'a']]],
    'an empty name': ['200 OK', [['', 'a']]],
    'a value that is a number': ['200 OK', [['X', 5]]],
    'headers that are an object': ['200 OK', { X: 'a' }],
    'a status without a reason': ['200', []],
    'a line break in the status': ['200 OK\r\nX: y', []],
    'an interim status': ['103 Early Hints', []],
    'two lengths': [
      '200 OK',
      [
        ['Content-Length', '1'],
        ['content-length', '1'],
      ],
    ],
    'a negative length': ['200 OK', [['Content-Length', '-1']]],
  };
  for (const [what, [status, headers]] of Object.entries(refused))
    it(`rule 23: start() refuses ${what}, at the caller's line`, async () => {
      const client = await bench.start((_environ, start) => {
        start(status as string, headers as HeaderList);
        return ['x'];
      });
      expect((await client.request('/').response('the failure')).status).toBe(500);
      expect(cause()).toBeInstanceOf(ContractError);
      expect(cause().rule).toBe(23);
      expect(cause().at).toContain('start.test.ts');
    });

  it('headers leave in the order and spelling of the application', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', [
        ['X-B', '1'],
        ['x-a', 'ä'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Empty', ''],
      ]);
      return ['x'];
    });
    client.request('/');
    const raw = await client.until('\r\n\r\n', 'the head');
    expect(raw).toContain('X-B: 1\r\nx-a: \xe4\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:');
  });

  it('a Date is added, unless the application gave one', async () => {
    const client = await bench.start((environ, start) => {
      start('200 OK', environ.path === '/own' ? [['date', 'Thu, 01 Jan 1970 00:00:00 GMT']] : []);
      return ['x'];
    });
    const added = await client.request('/').response('the response');
    expect(Math.abs(Date.now() - Date.parse(field(added, 'date') ?? ''))).toBeLessThan(60_000);
    const own = await client.request('/own').response('the other one');
    expect(own.fields.filter(([name]) => name === 'date')).toEqual([['date', 'Thu, 01 Jan 1970 00:00:00 GMT']]);
  });
});

function fail(): never {
  throw new Error('on purpose');
}
