import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { resumePort } from '../../src/gateway/resume-port.js';
import type { Channel, Chunk } from '../../src/gateway/types.js';
import { eventually, within } from '../support/waiting.js';
import { Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

/** Threads that call from outside at random times: each posts to the ports that it is given. */
const CALLER = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ port, texts }) => {
    for (const text of texts) {
      const end = performance.now() + Math.random() * 2;
      while (performance.now() < end);
      port.postMessage(text);
    }
  });
`;
const threads = Array.from({ length: 3 }, () => new Worker(CALLER, { eval: true }));
afterAll(() => Promise.all(threads.map((thread) => thread.terminate())));

onEngines('calls from other threads', (bench) => {
  /** Notes when two calls of one invocation are under way at once. */
  class Overlap {
    #inside = 0;
    most = 0;
    run<T>(action: () => T): T {
      this.#inside++;
      this.most = Math.max(this.most, this.#inside);
      try {
        return action();
      } finally {
        this.#inside--;
      }
    }
  }

  it('rule 16: resume() from another thread, through a port, early, in time, and twice', async () => {
    const seen = new Seen();
    const app = syncApp(seen, (n) => {
      if (n === 20) return null;
      const port = resumePort(seen.environ.pause());
      threads[n % 3]!.postMessage({ port, texts: ['go', 'again'] }, [port]);
      return '';
    });
    const client = await bench.start(app);
    client.request('/');
    expect((await client.response('the response')).complete).toBe(true);
    expect(seen.asked).toBe(21); // never asked without a resume, and none was lost
    expect(seen.closedBy).toBe('done');
  });

  it('rule 16: a port whose exchange is over has no effect; a closed one does not hang the gateway', async () => {
    const seen = new Seen();
    const ports: ReturnType<typeof resumePort>[] = [];
    const app = syncApp(seen, () => {
      ports.push(resumePort(seen.environ.pause()));
      return '';
    });
    const client = await bench.start(app);
    client.request('/');
    await eventually(() => ports.length > 0, 'the pause');
    client.reset();
    await eventually(() => seen.closes.length > 0, 'close()');
    threads[0]!.postMessage({ port: ports[0], texts: ['late'] }, [ports[0]!]);
    ports[0]?.close();
    expect(seen.asked).toBe(1);
  });

  it('rules 30, 31: calls that come from many threads are never inside of one invocation at once', async () => {
    const overlap = new Overlap();
    const puts = 300;
    let channel!: Channel;
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      channel = environ.channel(start, { close: () => overlap.run(() => {}) });
      return {
        async *[Symbol.asyncIterator]() {
          const inner = channel[Symbol.asyncIterator]();
          for (;;) {
            const next = overlap.run(() => inner.next());
            const { done, value } = await next;
            if (done) return;
            yield overlap.run(() => value as Chunk);
          }
        },
        close: (why) => channel.close(why),
      };
    });
    client.request('/');
    await eventually(() => channel !== undefined, 'the request');
    let count = 0;
    for (const [index, thread] of threads.entries()) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) =>
        overlap.run(() => {
          channel.put(data);
          if (++count < puts) return;
          channel.finish();
          port1.close();
        });
      const texts = Array.from({ length: puts / threads.length }, (_, i) => `${index}:${i};`);
      thread.postMessage({ port: port2, texts }, [port2 as never]);
    }
    const { body } = await within(client.response('the response'), 'all puts');
    expect(overlap.most).toBe(1);
    const parts = body.split(';').slice(0, -1);
    expect(parts).toHaveLength(puts);
    for (const index of threads.keys()) {
      const own = parts.filter((part) => part.startsWith(`${index}:`)).map((part) => Number(part.slice(2)));
      expect(own).toEqual(own.toSorted((a, b) => a - b)); // the order of each thread is kept
    }
  });
});
