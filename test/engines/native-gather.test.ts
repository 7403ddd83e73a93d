import { describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import type { App } from '../../src/gateway/types.js';
import { Bench } from '../contract/engines.js';

const turns = 200;
const expected = Array.from({ length: turns }, (_, i) => `${i},`).join('');

/** A chunk in each turn of an event loop that never sleeps meanwhile. */
const ticking: App = (_, start) => {
  start('200 OK', []);
  return (async function* () {
    for (let i = 0; i < turns; i++) {
      yield `${i},`;
      await new Promise(setImmediate);
    }
  })();
};

describe.skipIf(!nativeEngine())('chunks of a busy loop, native engine', () => {
  const bench = new Bench('native');

  it('rule 12: those that wait for company arrive whole and in order, on several connections at once', async () => {
    const server = await bench.serve(ticking, { gatherUs: 10_000 });
    const clients = await Promise.all(Array.from({ length: 5 }, () => bench.connect(server)));
    for (const client of clients) client.request('/');
    for (const client of clients) expect((await client.response('the response')).body).toBe(expected);
  });

  it('gatherUs: 0 sends in every turn', async () => {
    const client = await bench.start(ticking, { gatherUs: 0 });
    client.request('/');
    await client.until('\r\n0\r\n\r\n', 'the whole response');
    const sizes = client.received.match(/^[0-9a-f]+\r$/gm) ?? [];
    expect(sizes.length).toBe(turns + 1);
  });

  it('a chunk does not wait for a loop that sleeps', async () => {
    const client = await bench.start(
      (_, start) => {
        start('200 OK', []);
        return (async function* () {
          yield 'first';
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield 'second';
          await new Promise(() => {});
        })();
      },
      { gatherUs: 10_000 },
    );
    client.request('/');
    await client.until('second', 'the second chunk');
  });
});
