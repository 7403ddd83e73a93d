import { describe, expect, it } from 'vitest';
import { onPlainServer, type PlainApp, type PlainEnviron } from '../../src/adapters/plain-server.js';
import { ClientDisconnected } from '../../src/gateway/errors.js';
import type { App, Channel, CloseReason, Completion, HeaderList } from '../../src/gateway/types.js';
import { aborted, asyncApp, Seen, syncApp } from '../contract/apps.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';

/**
 * The plainest host that there is: it asks the body for a chunk whenever it has nothing better to do, sends what is not
 * empty, and calls close(). It knows neither promises nor delays.
 */
class PlainHost {
  status = '';
  headers: HeaderList = [];
  /** Each chunk on its own, empty ones left out. */
  sent: string[] = [];
  empties = 0;
  error: unknown = null;
  ended = false;
  #left = false;

  constructor(app: PlainApp, environ: Partial<PlainEnviron> = {}) {
    const body = app({ method: 'GET', path: '/', ...environ }, (status, headers) => {
      this.status = status;
      this.headers = headers;
    });
    const iterator = body[Symbol.iterator]();
    const end = () => {
      this.ended = true;
      body.close();
    };
    const turn = () => {
      if (this.#left) return end();
      try {
        const { done, value } = iterator.next();
        if (done) return end();
        if (value.length) this.sent.push(Buffer.from(value as Uint8Array).toString());
        else this.empties++;
      } catch (error) {
        this.error = error;
        return end();
      }
      setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** Its client left: it asks no more. */
  leave(): void {
    this.#left = true;
  }

  untilEnd(): Promise<void> {
    return eventually(() => this.ended, 'the host to end the response');
  }

  get body(): string {
    return this.sent.join('');
  }
}

const quiet = { info: () => {}, error: () => {} };

describe('rule 33: on a host that only iterates', () => {
  it('an asynchronous body', async () => {
    const seen = new Seen();
    const host = new PlainHost(
      onPlainServer(
        asyncApp(seen, async (n) => {
          await aWhile(5);
          return n < 3 ? `chunk ${n};` : null;
        }),
      ),
    );
    await host.untilEnd();
    expect(host.status).toBe('200 OK');
    expect(host.sent).toEqual(['chunk 0;', 'chunk 1;', 'chunk 2;']);
    expect(host.empties).toBeGreaterThan(0);
    expect(seen.closedBy).toBe('done');
  });

  it('a channel fed by callbacks', async () => {
    const completed = new Deferred<Completion>();
    const app: App = (environ, start) => {
      environ.completed.then(completed.resolve);
      const channel = environ.channel(start);
      setTimeout(() => {
        start('201 Created', [['X-Late', 'yes']]);
        channel.put('a');
        channel.put('b');
      }, 5);
      setTimeout(() => channel.finish(), 15);
      return channel;
    };
    const host = new PlainHost(onPlainServer(app));
    await host.untilEnd();
    expect([host.status, host.headers, host.body]).toEqual(['201 Created', [['X-Late', 'yes']], 'ab']);
    expect(await within(completed.promise, 'completed')).toMatchObject({ bodyBytes: 2, reason: { kind: 'done' } });
  });

  it('rule 16: a pause suspends the application, not the host; resume and timeout end it', async () => {
    const seen = new Seen();
    const app = syncApp(seen, (n) => {
      if (n === 0) setTimeout(seen.environ.pause(), 20);
      if (n === 1) seen.environ.pause(10);
      return ['', '', 'data'][n] ?? null;
    });
    const host = new PlainHost(onPlainServer(app));
    await host.untilEnd();
    expect(host.body).toBe('data');
    expect(seen.asked).toBe(4);
    expect(host.empties).toBeGreaterThan(2);
  });

  it('rule 25: onGet and read, from an input that answers at once and from one that answers later', async () => {
    for (const later of [false, true]) {
      const chunks = ['one ', 'two'].map((text) => Buffer.from(text));
      const read = () => {
        const bytes = chunks.shift() ?? new Uint8Array(0);
        return later ? aWhile(3).then(() => bytes) : bytes;
      };
      const app: App = (environ, start) => {
        start('200 OK', []);
        const channel = environ.channel(start);
        channel.onGet(100, async (_error, data) => {
          channel.put(Buffer.concat([data, await environ.input.read()]));
          channel.finish();
        });
        return channel;
      };
      const host = new PlainHost(onPlainServer(app), { method: 'POST', input: { read } });
      await host.untilEnd();
      expect(host.body).toBe('one two');
    }
  });

  it('rule 15: it delays by the policy, and begins anew after data', async () => {
    const delays: number[] = [];
    const gate = new Deferred();
    const seen = new Seen();
    const app = asyncApp(seen, async (n) => {
      if (n === 1) await gate.promise;
      if (n === 2) await aWhile(5);
      return n < 2 ? 'x' : null;
    });
    const sleep = (ms: number) => {
      delays.push(ms);
      if (delays.length === 6) gate.resolve();
    };
    const backoff = { firstMs: 1, factor: 2, capMs: 8, jitter: 'none' as const };
    const host = new PlainHost(onPlainServer(app, { backoff, sleep }));
    await host.untilEnd();
    const rising = delays.slice(delays.findIndex((_, i) => delays[i + 3] === 8));
    expect(rising.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(Math.max(...delays)).toBe(8);
    expect(delays.lastIndexOf(1)).toBeGreaterThan(delays.indexOf(8)); // it began anew
  });

  it('rules 1, 4, 5: a host that closes early: the signal aborts, put() throws, close() comes once', async () => {
    const closes: CloseReason[] = [];
    let channel!: Channel;
    let signal!: AbortSignal;
    const app: App = (environ, start) => {
      start('200 OK', []);
      ({ signal } = environ);
      channel = environ.channel(start, { close: (why) => void closes.push(why) });
      channel.put('first');
      return channel;
    };
    const host = new PlainHost(onPlainServer(app));
    await eventually(() => host.sent.length === 1, 'a chunk');
    const abort = aborted(signal);
    host.leave();
    await within(abort, 'the signal');
    await eventually(() => closes.length > 0, 'close()');
    expect(() => channel.put('x')).toThrow(ClientDisconnected);
    expect(closes).toHaveLength(1);
  });

  it('rule 12: what a host does not take, holds the application back', async () => {
    const seen = new Seen();
    const app = onPlainServer(
      asyncApp(seen, (n) => (n < 100 ? 'x'.repeat(1000) : null)),
      { highWaterMark: 4000 },
    );
    const body = app({ method: 'GET', path: '/' }, () => {});
    await aWhile(30);
    expect(seen.asked).toBe(4);
    let size = 0;
    for await (const chunk of body) size += chunk.length; // a host that can wait
    expect(size).toBe(100_000);
    expect(seen.closedBy).toBe('done');
  });

  it('rule 21: a failure before the first byte is a 500, later an error for the host', async () => {
    const early = new PlainHost(
      onPlainServer(
        asyncApp(new Seen(), () => Promise.reject(new Error('x'))),
        { log: quiet },
      ),
    );
    await early.untilEnd();
    expect(early.status).toBe('500 Internal Server Error');
    const failing = asyncApp(new Seen(), (n) => (n ? Promise.reject(new Error('x')) : 'part'));
    const late = new PlainHost(onPlainServer(failing, { log: quiet }));
    await late.untilEnd();
    expect([late.status, late.body, late.error]).toEqual(['200 OK', 'part', expect.any(Error)]);
  });
});
