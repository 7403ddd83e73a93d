import { describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { Bench } from '../contract/engines.js';
import { Deferred, within } from '../support/waiting.js';

describe.skipIf(!nativeEngine())('when a disconnect is noticed, beyond what the node engine can, native engine', () => {
  const bench = new Bench('native');

  it('rule 7: a FIN behind more pipelined requests than the engine reads ahead', async () => {
    const asked = new Deferred();
    const told = new Deferred<string>();
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      environ.signal.addEventListener('abort', () => told.resolve(environ.signal.reason.kind));
      asked.resolve();
      return (async function* () {
        yield 'begun';
        await new Promise(() => {});
      })();
    });
    // 8 unanswered requests stop the reading: the rest, and the FIN behind it, stay in the kernel.
    for (let i = 0; i < 12; i++) client.request(`/${i}`);
    await within(asked.promise, 'the first request');
    await client.until('begun', 'the first response to begin');
    for (let i = 0; i < 400; i++) client.request(`/more/${i}`);
    client.fin();
    expect(await within(told.promise, 'the application to learn of the FIN')).toBe('client-fin');
  });
});
