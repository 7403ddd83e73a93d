import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import type { App, Channel, Environ, StartResponse } from '../../src/gateway/types.js';
import { Bench } from '../contract/engines.js';
import type { RawClient } from '../support/raw-client.js';
import { eventually } from '../support/waiting.js';

const streams = 96;
const busyMs = 0.5;

type Style = 'generator' | 'channel';

/** Streams that wait for timers which fall due in one moment, and a request that comes just before. */
class Storm {
  /** Who ran, in order: a stream with its chunk, or the one with the request. */
  readonly ran: string[] = [];
  /** What the application of the request found in the storage. */
  readonly found: unknown[] = [];
  readonly storage = new AsyncLocalStorage<string>();
  #waiting: (() => void)[] = [];

  constructor(readonly style: Style) {}

  readonly app: App = (environ, start) => {
    if (environ.path === '/request') {
      start('200 OK', []);
      this.ran.push('request');
      this.found.push(this.storage.getStore());
      return ['here'];
    }
    if (this.style === 'channel') return this.#channel(environ, start);
    start('200 OK', []);
    return this.#generator(environ.path);
  };

  async *#generator(name: string): AsyncGenerator<string> {
    yield 'first';
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    yield this.#second(name);
  }

  #channel(environ: Environ, start: StartResponse): Channel {
    const channel = environ.channel(start);
    start('200 OK', []);
    channel.put('first');
    this.#waiting.push(() => {
      this.storage.run(environ.path, () => channel.put(this.#second(environ.path)));
      channel.finish();
    });
    return channel;
  }

  #second(name: string): string {
    for (const end = performance.now() + busyMs; performance.now() < end; );
    this.ran.push(name);
    return 'second';
  }

  async begin(bench: Bench): Promise<void> {
    const server = await bench.serve(this.app);
    const clients: RawClient[] = [];
    for (let i = 0; i < streams; i++) clients.push(await bench.connect(server));
    const other = await bench.connect(server);
    for (const [i, client] of clients.entries()) client.request(`/${i}`);
    await eventually(() => this.#waiting.length === streams, 'all streams wait');
    // Timers of one length that begin in one moment: Node.js runs them in one go, with the microtasks of each behind it.
    setTimeout(() => other.request('/request'), 20);
    for (const goOn of this.#waiting) setTimeout(goOn, 20);
    for (const client of clients) await client.response('the end of a stream');
    expect((await other.response('the response to the request')).body).toBe('here');
  }
}

describe.skipIf(!nativeEngine())('timers of many streams that are due at once, native engine', () => {
  const bench = new Bench('native');

  it.each<Style>(['generator', 'channel'])(
    'rule 17: who comes with a request does not wait for all of them (%s)',
    async (style) => {
      const storm = new Storm(style);
      await storm.begin(bench);
      expect(storm.ran).toHaveLength(streams + 1);
      // After 32 streams the engine looks at its sockets.
      expect(storm.ran.indexOf('request')).toBeLessThanOrEqual(40);
      // The application that is called in between does not find itself in the context of another's put().
      expect(storm.found).toEqual([undefined]);
    },
  );
});
