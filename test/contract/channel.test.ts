import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { deriveEnviron } from '../../src/gateway/environ.js';
import { ClientDisconnected, ContractError } from '../../src/gateway/errors.js';
import type { App, Body, Channel, Chunk, CloseReason, Environ, StartResponse } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { onEngines } from './engines.js';

onEngines('channel', (bench) => {
  const BIG = 'x'.repeat(16_384);

  /** An app whose body is a channel, and what the test sees of it. */
  class Fed {
    readonly closes: CloseReason[] = [];
    readonly made = new Deferred<Channel>();
    environ!: Environ;

    readonly app: App = (environ, start) => {
      this.environ = environ;
      start('200 OK', []);
      const channel = environ.channel(start, { close: (why) => void this.closes.push(why) });
      this.made.resolve(channel);
      return channel;
    };

    channel(): Promise<Channel> {
      return within(this.made.promise, 'the request');
    }
    get closedBy(): string {
      return this.closes.map(({ kind }) => kind).join();
    }
  }

  /** Middleware that passes each chunk on, in a generator of its own. */
  const wrapped =
    (app: App): App =>
    async (environ, start) => {
      const body = await app(environ, start);
      return Object.assign(relay(body), { close: (why: CloseReason) => body.close?.(why) });
    };
  async function* relay(body: Body): AsyncGenerator<Chunk> {
    for await (const chunk of body) yield chunk;
  }

  for (const [how, wrap] of [['as it is', (app: App) => app] as const, ['inside middleware', wrapped] as const]) {
    it(`rule 12: what callbacks put is sent in order, empty chunks send nothing (${how})`, async () => {
      const fed = new Fed();
      const client = await bench.start(wrap(fed.app));
      client.request('/');
      const channel = await fed.channel();
      await aWhile(30);
      expect(client.received).toBe(''); // rule 18: no headers before the first byte
      channel.put('');
      channel.put('a');
      channel.put('b');
      await client.until('\r\nab\r\n', 'what was put in one go');
      channel.put(Buffer.from('c'));
      await client.until('\r\nc\r\n', 'what was put later');
      await new Promise<void>((resolve) => queueMicrotask(() => resolve(channel.finish())));
      channel.finish();
      expect((await client.response('the response')).body).toBe('abc');
      expect(fed.closedBy).toBe('done');
      expect(bench.errors).toEqual([]);
    });

    it(`rule 5: put() throws once the client is gone, drained() settles, close() came once (${how})`, async () => {
      const fed = new Fed();
      const client = await bench.start(wrap(fed.app));
      client.request('/');
      const channel = await fed.channel();
      channel.put('a');
      await client.until('\r\na\r\n', 'the first chunk');
      client.reset();
      await eventually(() => fed.closes.length > 0, 'close()');
      expect(fed.closedBy).toBe('client-reset');
      const thrown = attempt(() => channel.put('b'));
      expect(thrown).toBeInstanceOf(ClientDisconnected);
      expect((thrown as ClientDisconnected).reason.kind).toBe('client-reset');
      await within(channel.drained(), 'drained()');
      channel.finish();
      await aWhile(30);
      expect(fed.closedBy).toBe('client-reset');
      expect(bench.errors).toEqual([]);
    });

    it(`rule 12: put() shows back-pressure to a stalled reader, nothing is lost (${how})`, async () => {
      const fed = new Fed();
      const client = await bench.start(wrap(fed.app));
      client.stall().request('/', { fields: 'Connection: close\r\n' });
      const channel = await fed.channel();
      let puts = 0;
      for (; puts < 5000; puts++) {
        if (channel.put(BIG)) await aWhile(0);
        else if (!(await settles(channel.drained()))) break;
      }
      expect(puts).toBeLessThan(5000);
      client.readOn();
      await within(channel.drained(), 'the queue to drain', 15_000);
      expect(channel.put('end')).toBe(true);
      channel.finish();
      await client.untilEnd('the response', 15_000);
      expect((await client.response('the response')).body.length).toBe((puts + 1) * BIG.length + 3);
    });

    it(`rule 21: fail() truncates after the first byte, gives 500 before it (${how})`, async () => {
      const late = new Fed();
      const first = await bench.start(wrap(late.app));
      first.request('/');
      (await late.channel()).put('a');
      await first.until('\r\na\r\n', 'the first chunk');
      (await late.channel()).fail(new Error('late'));
      expect(await first.response('a truncated response')).toMatchObject({ complete: false, body: 'a' });
      const early = new Fed();
      const second = await bench.start(wrap(early.app));
      second.request('/');
      (await early.channel()).fail(new Error('early'));
      expect((await second.response('an error')).status).toBe(500);
      expect([late.closedBy, early.closedBy]).toEqual(['app-error', 'app-error']);
      expect(bench.errors.join()).toMatch(/Error: late.*Error: early/);
    });
  }

  it('rule 12: an application that never waits is stopped, at its own line', async () => {
    const fed = new Fed();
    const client = await bench.start(fed.app);
    client.stall().request('/');
    const channel = await fed.channel();
    const thrown = attempt(() => {
      for (let i = 0; i < 10_000; i++) channel.put(BIG);
    });
    expect(thrown).toBeInstanceOf(ContractError);
    expect((thrown as ContractError).rule).toBe(12);
    expect((thrown as ContractError).at).toContain('channel.test.ts');
  });

  it('rule 5: put() in a loop that never returns to the event loop throws', async () => {
    if (bench.engine === 'node') return; // no news from the socket without the event loop: docs/limits.md
    const thrown = new Deferred<unknown>();
    const server = await bench.serve((environ, start) => {
      start('200 OK', []);
      const channel = environ.channel(start);
      channel.put('x'.repeat(65_536)); // at the high-water mark
      const end = performance.now() + 5000;
      thrown.resolve(
        attempt(() => {
          while (performance.now() < end) channel.put('x');
        }),
      );
      return channel;
    });
    // In a thread of its own: this one is busy.
    const client = new Worker(
      `const socket = require('node:net').connect(${server.port}, '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
        setTimeout(() => socket.resetAndDestroy(), 100);
      });`,
      { eval: true },
    );
    expect(await within(thrown.promise, 'put() to throw')).toBeInstanceOf(ClientDisconnected);
    await client.terminate();
  });

  it('rule 1: close() of the application is called once, whoever closes the channel twice', async () => {
    const fed = new Fed();
    const client = await bench.start(async (environ, start) => {
      const body = await fed.app(environ, start);
      const close = (why: CloseReason) => [body.close?.(why), body.close?.(why)] as never;
      return Object.assign(relay(body), { close });
    });
    client.request('/');
    (await fed.channel()).finish();
    await client.response('the response');
    expect(fed.closedBy).toBe('done');
  });

  it('rule 17: a queue of many chunks lets other responses have their turn', async () => {
    const order: string[] = [];
    const server = await bench.serve((environ, start) => {
      start('200 OK', []);
      const channel = environ.channel(start, { close: () => void order.push(environ.path) });
      for (let i = 0; i < (environ.path === '/many' ? 10_000 : 1); i++) channel.put('x');
      channel.finish();
      return channel;
    });
    const [many, one] = [await bench.connect(server), await bench.connect(server)];
    many.request('/many');
    one.request('/one');
    expect((await many.response('many chunks')).body).toHaveLength(10_000);
    expect((await one.response('one chunk')).body).toBe('x');
    expect(order).toEqual(['/one', '/many']);
  });

  it('rule 3: HEAD never sends from a channel; close() is called, a later put() throws', async () => {
    const fed = new Fed();
    const client = await bench.start(fed.app);
    client.request('/', { method: 'HEAD' });
    const channel = await fed.channel();
    expect((await client.response('the head', 'HEAD')).status).toBe(200);
    expect(fed.closedBy).toBe('done');
    expect(attempt(() => channel.put('x'))).toBeInstanceOf(ClientDisconnected);
  });

  it('rule 22: a Content-Length ends the response, close() is not called from inside put()', async () => {
    let inside = false;
    const closedInside: boolean[] = [];
    const client = await bench.start((environ, start) => {
      start('200 OK', [['Content-Length', '3']]);
      const channel = environ.channel(start, { close: () => void closedInside.push(inside) });
      setTimeout(() => {
        inside = true;
        channel.put('ab');
        channel.put('c');
        inside = false;
      }, 5);
      return channel;
    });
    client.request('/');
    expect((await client.response('the response')).body).toBe('abc');
    expect(closedInside).toEqual([false]);
  });

  it('rule 25: onGet() reads the body by callback, end of file as an empty chunk', async () => {
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      const channel = environ.channel(start);
      const echo = (error: Error | null, data: Uint8Array): void => {
        if (error) return channel.fail(error);
        if (data.length === 0) return channel.finish();
        channel.put(`[${Buffer.from(data)}]`);
        channel.onGet(4, echo);
      };
      channel.onGet(4, echo);
      return channel;
    });
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789');
    expect((await client.response('the echo')).body.replaceAll('][', '')).toBe('[0123456789]');
  });

  it('rule 35: a channel reads the input, and fails through the start, that middleware has replaced', async () => {
    const statuses: string[] = [];
    const inner: App = (environ, start) => {
      start('200 OK', []);
      const channel = environ.channel(start);
      channel.onGet(100, (_error, data) => channel.fail(new Error(Buffer.from(data).toString())));
      return channel;
    };
    const middleware: App = (environ, start) => {
      const recorded: StartResponse = (status, headers, failure) => {
        statuses.push(status);
        return start(status, headers, failure);
      };
      const { input } = environ;
      const onGet: typeof input.onGet = (n, cb) => input.onGet(n, (e, d) => cb(e, Buffer.from(`<${Buffer.from(d)}>`)));
      const changed = Object.assign(Object.create(input), { onGet });
      return inner(deriveEnviron(environ, { input: changed }), recorded);
    };
    const client = await bench.start(middleware);
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab');
    expect((await client.response('an error')).status).toBe(500);
    expect(statuses).toEqual(['200 OK', '500 Internal Server Error']);
    expect(bench.errors.join()).toContain('<ab>');
  });

  it('rules 5, 12, 30: wrong use is refused at the line of the application', async () => {
    const thrown: unknown[] = [];
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      thrown.push(attempt(() => environ.channel(undefined as never)));
      thrown.push(attempt(() => environ.channel(start, { close: 1 as never })));
      const channel = environ.channel(start);
      thrown.push(attempt(() => environ.channel(start)));
      thrown.push(attempt(() => channel.put(7 as never)));
      channel.finish();
      thrown.push(attempt(() => channel.put('late')));
      return channel;
    });
    client.request('/');
    expect((await client.response('the response')).status).toBe(200);
    expect(thrown.map((error) => (error as ContractError).rule)).toEqual([35, 1, 30, 12, 12]);
    for (const error of thrown) expect((error as ContractError).at).toContain('channel.test.ts');
  });

  /** What `action` throws. */
  function attempt(action: () => unknown): unknown {
    try {
      action();
    } catch (error) {
      return error;
    }
    return null;
  }

  function settles(promise: Promise<void>): Promise<boolean> {
    return Promise.race([promise.then(() => true), aWhile(400).then(() => false)]);
  }
});
