import { expect, it } from 'vitest';
import { ClientDisconnected } from '../../src/gateway/errors.js';
import type { App, CloseReason, Write } from '../../src/gateway/types.js';
import type { RawClient } from '../support/raw-client.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { aborted, asyncApp, hello, routes, Seen, syncApp } from './apps.js';
import { closable, onEngines } from './engines.js';

onEngines('what a body sees of its end', (bench) => {
  const endings: Record<string, [App: (seen: Seen) => App, kind: string]> = {
    'a sync body ends': [(seen) => syncApp(seen, (call) => (call < 3 ? 'x' : null)), 'done'],
    'an async body ends': [(seen) => asyncApp(seen, (call) => (call < 3 ? 'x' : null)), 'done'],
    'a sync body throws at once': [(seen) => syncApp(seen, () => fail()), 'app-error'],
    'a sync body throws after a chunk': [(seen) => syncApp(seen, (call) => (call ? fail() : 'x')), 'app-error'],
    'an async body throws after a chunk': [(seen) => asyncApp(seen, (call) => (call ? fail() : 'x')), 'app-error'],
    'a body yields what is no chunk': [(seen) => syncApp(seen, () => 5 as unknown as string), 'app-error'],
  };
  for (const [name, [make, kind]] of Object.entries(endings))
    it(`rule 1: close() is called exactly once when ${name}`, async () => {
      const seen = new Seen();
      const client = await bench.start(make(seen));
      client.request('/', { fields: 'Connection: close\r\n' });
      await client.untilEnd('the end');
      await aWhile(30);
      expect(seen.closedBy).toBe(kind);
      // As in a loop: an iterator that has ended, or failed, is not released; one that is given up is.
      expect(seen.returned).toBe(name === 'a body yields what is no chunk' ? 1 : 0);
    });

  it('rule 1: close() of an array, with its only chunk sent, is called once', async () => {
    const closes: CloseReason[] = [];
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      return closable(['one'], closes);
    });
    client.request('/');
    await client.response('the response');
    expect(closes).toEqual([{ kind: 'done' }]);
  });

  for (const [how, kind] of [['fin', 'client-fin'] as const, ['reset', 'client-reset'] as const])
    it(`rules 1, 2: after a ${how}, close() is called once and the body is not asked again`, async () => {
      const seen = new Seen();
      const client = await bench.start(asyncApp(seen, () => aWhile(5).then(() => 'tick')));
      client.request('/');
      await client.until('tick', 'the first chunk');
      client[how]();
      await eventually(() => seen.closes.length > 0, 'close()');
      const asked = seen.asked;
      await aWhile();
      expect(seen.asked).toBe(asked);
      expect(seen.closedBy).toBe(kind);
      expect(seen.returned).toBe(1);
    });

  it('rule 2: a sync body of empty chunks is not asked again after the client left', async () => {
    const seen = new Seen();
    const client = await bench.start(syncApp(seen, () => ''));
    client.request('/');
    await eventually(() => seen.asked > 3, 'some empty chunks');
    client.fin();
    await eventually(() => seen.closes.length > 0, 'close()');
    const asked = seen.asked;
    await aWhile(600);
    expect(seen.asked).toBe(asked);
  });

  for (const [method, status] of [
    ['HEAD', '200 OK'] as const,
    ['GET', '204 No Content'] as const,
    ['GET', '304 Not Modified'] as const,
  ])
    it(`rule 3: close() without iteration: ${method}, ${status}`, async () => {
      const seen = new Seen();
      const body = asyncApp(seen, () => 'never asked');
      const client = await bench.start((environ, start) =>
        body(environ, ((_s, h, f) => start(status, h, f)) as typeof start),
      );
      client.request('/', { method });
      await client.response('the head', method);
      await eventually(() => seen.closes.length > 0, 'close()');
      expect(seen.asked).toBe(0);
      expect(seen.closedBy).toBe('done');
    });

  it('rule 3: close() without iteration when the client left before there was a body', async () => {
    const seen = new Seen();
    const ready = new Deferred();
    const body = asyncApp(seen, () => 'never asked');
    const client = await bench.start(async (environ, start) => {
      seen.environ = environ;
      await ready.promise;
      return body(environ, start);
    });
    client.request('/');
    await eventually(() => seen.environ !== undefined, 'the request');
    client.reset();
    await within(aborted(seen.environ.signal), 'the abort');
    ready.resolve();
    await eventually(() => seen.closes.length > 0, 'close()');
    expect(seen.asked).toBe(0);
    expect(seen.closedBy).toBe('client-reset');
  });

  it('rule 4: signal, reads, waits, return(), close(): in this order', async () => {
    const seen = new Seen();
    const { order } = seen;
    const client = await bench.start((environ, start) => {
      seen.environ = environ;
      start('200 OK', []);
      environ.signal.addEventListener('abort', () => order.push('signal'));
      environ.input.read().catch(() => order.push('read'));
      const iterator = {
        next: () => ({ done: false as const, value: seen.asked++ ? '' : 'x' }),
        return: () => {
          order.push('return');
          return { done: true as const, value: undefined };
        },
      };
      environ.pause();
      return Object.assign({ [Symbol.iterator]: () => iterator }, { close: () => void order.push('close') });
    });
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    await client.until('x', 'the first chunk');
    client.reset();
    await eventually(() => order.includes('close'), 'close()');
    expect(order).toEqual(['signal', 'read', 'return', 'close']);
  });

  it('rule 4: return() on a generator that awaits is queued, close() follows it', async () => {
    const order: string[] = [];
    const gate = new Deferred();
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      async function* body() {
        try {
          yield 'x';
          await gate.promise;
        } finally {
          order.push('finally');
        }
      }
      return Object.assign(body(), { close: () => void order.push('close') });
    });
    client.request('/');
    await client.until('x', 'the first chunk');
    client.reset();
    await aWhile();
    expect(order).toEqual([]);
    gate.resolve();
    await eventually(() => order.length === 2, 'both');
    expect(order).toEqual(['finally', 'close']);
  });

  it('rule 4: a return() that never settles is left behind at the deadline', async () => {
    const closes: CloseReason[] = [];
    const slow: App = (_environ, start) => {
      start('200 OK', []);
      async function* body() {
        yield 'x';
        await new Promise(() => {});
      }
      return closable(body(), closes);
    };
    const server = await bench.serve(routes({ '/slow': slow, '/': hello }), { closeDeadlineMs: 50 });
    const client = await bench.connect(server);
    client.request('/slow');
    await client.until('x', 'the first chunk');
    client.reset();
    await eventually(() => closes.length === 1, 'close() after the deadline');
    const next = await bench.connect(server);
    expect((await next.request('/').response('the next request')).body).toBe('hello');
  });

  it('rule 4: a close() that never settles harms nobody', async () => {
    const stuck: App = (_environ, start) => {
      start('200 OK', []);
      return Object.assign(['a', 'b'], { close: () => new Promise<void>(() => {}) });
    };
    const client = await bench.start(routes({ '/stuck': stuck, '/': hello }), { closeDeadlineMs: 30 });
    expect((await client.request('/stuck').response('the response')).body).toBe('ab');
    expect((await client.request('/').response('the next one')).body).toBe('hello');
    await eventually(
      () => bench.errors.some((line) => /close\(\) did not settle within 30 ms/.test(line)),
      'the complaint',
    );
  });

  it('rule 4: a sync generator that is running when the client leaves is released after it has answered', async () => {
    const order: string[] = [];
    let client: RawClient | undefined;
    const app: App = (environ, start) => {
      start('200 OK', []);
      function* body() {
        try {
          yield 'x';
          while (!client) yield '';
          client.reset();
          // No event can be seen here; the native engine asks the kernel.
          const end = performance.now() + 100;
          while (performance.now() < end && !environ.gone());
          order.push(`gone: ${environ.gone()?.kind}`);
          yield '';
          order.push('asked again');
        } finally {
          order.push('finally');
        }
      }
      return Object.assign(body(), { close: (why: CloseReason) => void order.push(why.kind) });
    };
    const backoff = { firstMs: 40, factor: 1, capMs: 40, jitter: 'none' } as const;
    const connected = await bench.start(app, { backoff });
    connected.request('/');
    await connected.until('x', 'the first chunk');
    client = connected;
    await eventually(() => order.length > 2, 'close()');
    const known = bench.engine === 'native' ? 'client-reset' : 'undefined';
    expect(order).toEqual([`gone: ${known}`, 'finally', 'client-reset']);
  });

  it('rule 4: a generator that never ran is closed without harm', async () => {
    const closes: CloseReason[] = [];
    const client = await bench.start((_environ, start) => {
      start('204 No Content', []);
      function* body() {
        yield 'never asked';
      }
      return closable(body(), closes);
    });
    client.request('/');
    expect((await client.response('the head')).status).toBe(204);
    expect(closes).toEqual([{ kind: 'done' }]);
    expect(bench.errors).toEqual([]);
  });

  it('rule 5: write() raises ClientDisconnected, start() with it raises the same object, the next request is served', async () => {
    const raised: unknown[] = [];
    const reached = new Deferred();
    const writer: App = async (environ, start) => {
      const write: Write = start('200 OK', []);
      write('x');
      await aborted(environ.signal);
      try {
        write('y');
      } catch (error) {
        raised.push(error);
        try {
          start('500 Oops', [], { error });
        } catch (again) {
          raised.push(again);
          reached.resolve();
          throw again;
        }
      }
      return [];
    };
    const server = await bench.serve(routes({ '/write': writer, '/': hello }));
    const client = await bench.connect(server);
    client.request('/write');
    await client.until('x', 'the first chunk');
    client.reset();
    await within(reached.promise, 'the exceptions');
    expect(raised[0]).toBeInstanceOf(ClientDisconnected);
    expect((raised[0] as ClientDisconnected).reason.kind).toBe('client-reset');
    expect(raised[1]).toBe(raised[0]);
    await aWhile(20);
    expect(bench.errors).toEqual([]);
    expect(bench.infos).toHaveLength(1);
    const next = await bench.connect(server);
    expect((await next.request('/').response('the next request')).body).toBe('hello');
  });
});

function fail(): never {
  throw new Error('on purpose');
}
