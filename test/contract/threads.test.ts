import { expect, it } from 'vitest';
import type { Chunk, Environ } from '../../src/gateway/types.js';
import { aWhile, eventually } from '../support/waiting.js';
import { hello } from './apps.js';
import { onEngines } from './engines.js';

onEngines('calls of one invocation', (bench) => {
  it('rule 30: never two at once, whatever wakes the body', async () => {
    let inside = 0;
    let most = 0;
    let asked = 0;
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      const next = async (): Promise<IteratorResult<Chunk>> => {
        most = Math.max(most, ++inside);
        // Everything that may wake it, while it is busy.
        const resume = environ.pause(1);
        setImmediate(resume);
        setTimeout(resume, 1);
        void environ.drained().then(resume);
        await aWhile(3);
        resume();
        inside--;
        const value = ['', 'x', 'y'.repeat(40_000)][asked % 3]!;
        return asked++ < 40 ? { done: false, value } : { done: true, value: undefined };
      };
      return { [Symbol.asyncIterator]: () => ({ next }) };
    });
    client.request('/');
    expect((await client.response('the response')).complete).toBe(true);
    expect(most).toBe(1);
    expect(asked).toBe(41);
  });

  it('rule 30: the body is not asked again before it has answered, also when the client leaves', async () => {
    const order: string[] = [];
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      async function* body() {
        try {
          yield 'x';
          order.push('in');
          await aWhile(60);
          order.push('out');
          yield 'y';
        } finally {
          order.push('finally');
        }
      }
      return Object.assign(body(), { close: () => void order.push('close') });
    });
    client.request('/');
    await eventually(() => order.length > 0, 'the second chunk to be in the making');
    client.reset();
    await eventually(() => order.length === 4, 'close()');
    expect(order).toEqual(['in', 'out', 'finally', 'close']);
  });

  it('rule 31: multithread, multiprocess and runOnce tell the truth', async () => {
    let environ!: Environ;
    const client = await bench.start((given, start) => {
      environ = given;
      return hello(given, start);
    });
    await client.request('/').response('the response');
    expect(environ).toMatchObject({ multithread: false, multiprocess: false, runOnce: false });
  });
});
