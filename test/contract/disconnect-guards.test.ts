import { expect, it } from 'vitest';
import type { App, Chunk, CloseReason, Input } from '../../src/gateway/types.js';
import type { RawClient } from '../support/raw-client.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { asyncApp, hello, routes, Seen, syncApp } from './apps.js';
import { closable, onEngines } from './engines.js';

onEngines('a body that the disconnect finds at work', (bench) => {
  const endless: Record<string, (seen: Seen) => App> = {
    'a sync body': (seen) => syncApp(seen, () => 'x'),
    'an async body': (seen) => asyncApp(seen, () => 'x'),
  };
  for (const [name, make] of Object.entries(endless))
    for (const how of ['fin', 'reset'] as const)
      it(`rule 2: ${name} that waits for its turn when a ${how} comes is not asked again`, async () => {
        const seen = new Seen();
        let atClose = -1;
        const app = make(seen);
        // It never waits for anything else: the client reads all it gets.
        const client = await bench.start((environ, start) => {
          environ.completed.then(() => {
            atClose = seen.asked;
          });
          return app(environ, start);
        });
        client.request('/');
        await client.until('x', 'the first chunk');
        client[how]();
        await eventually(() => seen.closes.length > 0, 'close()');
        await aWhile(60);
        expect(seen.asked).toBe(atClose);
        expect(seen.closedBy).toBe(`client-${how}`);
      });

  it('rule 2: a body that was resumed a moment before the client was found to be gone is not asked again', async () => {
    const seen = new Seen();
    let resume = () => false;
    const client = await bench.start(
      syncApp(seen, () => {
        resume = seen.environ.pause();
        return '';
      }),
    );
    client.request('/');
    await eventually(() => seen.asked === 1, 'the pause');
    client.reset();
    const known = resume();
    // The native engine asks the kernel; the node engine hears of it in the next turn of the event loop, too late.
    const gone = seen.environ.gone();
    await eventually(() => seen.closes.length > 0, 'close()');
    await aWhile(60);
    if (bench.engine === 'native') expect({ known, gone: gone?.kind }).toEqual({ known: true, gone: 'client-reset' });
    if (gone) expect(seen.asked).toBe(1);
    expect(seen.closedBy).toBe('client-reset');
  });

  it('rule 1: close() is called once when the abort makes an async body throw at once', async () => {
    const seen = new Seen();
    const client = await bench.start(asyncApp(seen, (call) => (call === 0 ? 'x' : rejection(seen.environ.signal))));
    client.request('/');
    await client.until('x', 'the first chunk');
    await eventually(() => seen.asked === 2, 'the second question');
    client.reset();
    await eventually(() => seen.closes.length > 0, 'close()');
    await aWhile(30);
    expect(seen.closedBy).toBe('client-reset');
    expect(seen.asked).toBe(2);
    expect(bench.errors).toEqual([]);
  });

  it('rules 1, 3: a sync body that throws while it runs, its client gone, is closed once', async () => {
    const seen = new Seen();
    let client: RawClient | undefined;
    const app = syncApp(seen, (call) => {
      if (call === 0) return 'x';
      if (!client) return '';
      client.reset();
      const end = performance.now() + 100;
      while (performance.now() < end && !seen.environ.gone());
      throw new Error('on purpose');
    });
    const connected = await bench.start(app);
    connected.request('/');
    await connected.until('x', 'the first chunk');
    client = connected;
    await eventually(() => seen.closes.length > 0, 'close()');
    await aWhile(30);
    // The node engine cannot know yet: to it, the application failed first.
    expect(seen.closedBy).toBe(bench.engine === 'native' ? 'client-reset' : 'app-error');
    expect(seen.returned).toBe(0);
  });

  it('rule 3: close() of a body of one chunk, not sent to a HEAD', async () => {
    const closes: CloseReason[] = [];
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      return closable(['one'], closes);
    });
    client.request('/', { method: 'HEAD' });
    await client.response('the head', 'HEAD');
    expect(closes).toEqual([{ kind: 'done' }]);
  });
});

onEngines('what fails while a body is released', (bench) => {
  const fail = () => {
    throw new Error('on purpose');
  };
  const release: Record<string, { return?(): unknown; close?(): unknown; said: RegExp }> = {
    'return() throws': { return: fail, said: /return\(\) of a body failed/ },
    'return() rejects': { return: async () => fail(), said: /return\(\) (of a body )?failed/ },
    'close() throws': { close: fail, said: /close\(\) failed/ },
    'close() rejects': { close: async () => fail(), said: /close\(\) failed/ },
  };
  for (const kind of ['sync', 'async'] as const)
    for (const [what, { said, ...parts }] of Object.entries(release))
      it(`rule 4: ${what} in a ${kind} body: it is logged, close() came, the next request is served`, async () => {
        const order: string[] = [];
        const app: App = (_environ, start) => {
          start('200 OK', []);
          const next = (): IteratorResult<Chunk> => ({ done: false, value: order.push('next') === 1 ? 'x' : '' });
          const done = () => {
            order.push('return');
            return parts.return?.() ?? { done: true, value: undefined };
          };
          const close = (why: CloseReason) => {
            order.push(why.kind);
            return parts.close?.();
          };
          const iterator = { next: kind === 'sync' ? next : async () => next(), return: done };
          const symbol = kind === 'sync' ? Symbol.iterator : Symbol.asyncIterator;
          return { [symbol]: () => iterator, close } as never;
        };
        const server = await bench.serve(routes({ '/fails': app, '/': hello }));
        const client = await bench.connect(server);
        client.request('/fails');
        await client.until('x', 'the first chunk');
        client.reset();
        await eventually(() => order.includes('client-reset'), 'close()');
        await eventually(() => bench.errors.length > 0, 'the log entry');
        expect(order.filter((each) => each !== 'next')).toEqual(['return', 'client-reset']);
        expect(bench.errors.join()).toMatch(said);
        expect(bench.causes[0]).toMatchObject({ message: 'on purpose' });
        const next = await bench.connect(server);
        expect((await next.request('/').response('the next request')).body).toBe('hello');
      });

  it('rule 4: a return() that is not over at the deadline is nobody’s mistake when the client has left', async () => {
    const closes: CloseReason[] = [];
    const client = await bench.start(
      (_environ, start) => {
        start('200 OK', []);
        async function* body() {
          yield 'x';
          await new Promise(() => {});
        }
        return closable(body(), closes);
      },
      { closeDeadlineMs: 30 },
    );
    client.request('/');
    await client.until('x', 'the first chunk');
    client.reset();
    await eventually(() => closes.length === 1, 'close()');
    expect(bench.errors).toEqual([]);
  });

  it('rule 4: an iterator that was never asked is not released, an array neither', async () => {
    const order: string[] = [];
    const client = await bench.start((_environ, start) => {
      start('204 No Content', []);
      const iterator = {
        next: () => ({ done: true as const, value: undefined }),
        return: () => {
          order.push('return');
          return { done: true as const, value: undefined };
        },
      };
      const symbol = order.length ? Symbol.asyncIterator : Symbol.iterator;
      return Object.assign({ [symbol]: () => iterator }, { close: () => void order.push('close') }) as never;
    });
    for (let i = 1; i <= 2; i++) {
      client.request('/');
      await client.response('the head');
      await eventually(() => order.length === i, 'close()');
    }
    expect(order).toEqual(['close', 'close']);
  });
});

onEngines('the order in which a disconnect is told', (bench) => {
  const reads: Record<string, (input: Input) => Promise<unknown>> = {
    'read(n)': (input) => input.read(9),
    'readlines()': (input) => input.readlines(),
    'an iteration': async (input) => {
      for await (const _ of input);
    },
  };
  for (const [name, read] of Object.entries(reads))
    it(`rule 4: signal, then ${name}, then drained(), then return() and close(), as the application’s code sees them`, async () => {
      const seen = new Seen();
      const { order } = seen;
      const chunk = 'x'.repeat(300_000);
      const client = await bench.start((environ, start) => {
        seen.environ = environ;
        start('200 OK', []);
        // The listener's own promises come before those that fail after it.
        environ.signal.addEventListener('abort', () => queueMicrotask(() => order.push('signal')));
        read(environ.input).catch(() => order.push('read'));
        const iterator = {
          next: () => {
            seen.asked++;
            return { done: false as const, value: chunk };
          },
          return: () => {
            order.push('return');
            return { done: true as const, value: undefined };
          },
        };
        return Object.assign({ [Symbol.iterator]: () => iterator }, { close: () => void order.push('close') });
      });
      client.stall().send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n');
      await eventually(() => seen.asked > 1, 'back-pressure');
      await aWhile(50);
      order.length = 0;
      void seen.environ.drained().then(() => order.push('drained'));
      client.reset();
      await eventually(() => order.includes('close'), 'close()');
      await aWhile(20);
      expect(order.filter((each) => each !== 'drained')).toEqual(['signal', 'read', 'return', 'close']);
      expect(order.indexOf('drained')).toBeGreaterThan(order.indexOf('signal'));
      expect(order.indexOf('drained')).toBeLessThan(order.indexOf('return'));
    });

  it('rule 4: who asks for signal, input or drained() too late gets what was missed', async () => {
    const seen = new Seen();
    const late = new Deferred<unknown[]>();
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      const close = async () => {
        const read = environ.input.read(1).catch((error) => error.name);
        late.resolve([
          environ.signal.aborted,
          (environ.signal.reason as CloseReason | undefined)?.kind,
          await within(read, 'the read'),
          environ.input.state,
          await within(environ.drained(), 'drained()'),
          (await within(environ.completed, 'completed')).reason.kind,
        ]);
      };
      return Object.assign(
        (function* () {
          seen.asked++;
          yield 'x';
          for (;;) yield '';
        })(),
        { close },
      );
    });
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n');
    await client.until('x', 'the first chunk');
    client.reset();
    expect(await within(late.promise, 'close()')).toEqual([
      true,
      'client-reset',
      'InputBroken',
      'broken',
      undefined,
      'client-reset',
    ]);
  });
});

/** Fails as soon as the signal aborts. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
}
