import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { App, BackoffPolicy, Chunk, Environ, Resume } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually } from '../support/waiting.js';
import { type Bench, onEngines } from './engines.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the JavaScript heap in use. Outside it the native engine keeps a link of its timer wheel: native/test/wheel_test.cc. */
function heap(): number {
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

const DATA: IteratorResult<Chunk> = { done: false, value: 'x' };
const notPaused: Resume = () => false;
const NOTHING: IteratorResult<Chunk> = { done: false, value: '' };

/** Streams that sit open on one promise of all, until they are told to wait. They keep nothing for themselves. */
class Streams {
  readonly environs: Environ[] = [];
  readonly resumes: Resume[] = [];
  readonly #gate = new Deferred<IteratorResult<Chunk>>();
  #pausing = false;

  readonly app: App = (environ, start) => {
    const at = this.environs.push(environ) - 1;
    start('200 OK', []);
    const next = (): Promise<IteratorResult<Chunk>> => {
      if (this.resumes[at] === undefined) {
        this.resumes[at] = notPaused;
        return Promise.resolve(DATA);
      }
      if (!this.#pausing) return this.#gate.promise;
      this.resumes[at] = environ.pause();
      return Promise.resolve(NOTHING);
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  };

  /** Every stream gives an empty chunk and is backed off; when it is asked again, it pauses. */
  wait(): void {
    this.#pausing = true;
    this.#gate.resolve(NOTHING);
  }
}

/** Bytes that a stream which waits costs beyond one that sits open. */
async function costOfWaiting(bench: Bench, count: number, backoff: BackoffPolicy): Promise<number> {
  const streams = new Streams();
  const server = await bench.serve(streams.app, { backoff });
  for (let i = 0; i < count; i++) (await bench.connect(server)).request('/');
  await eventually(() => streams.resumes.length === count, 'all streams');
  await aWhile(100);
  const open = heap();
  streams.wait();
  await aWhile(200);
  const cost = (heap() - open) / count;
  const resumed = streams.resumes.filter((resume) => resume()).length;
  expect(resumed).toBe(backoff === soon ? count : 0);
  return cost;
}

const soon = { firstMs: 1, factor: 1, capMs: 1, jitter: 'none' } as const;
const never = { firstMs: 60_000, factor: 1, capMs: 60_000, jitter: 'none' } as const;

onEngines('what it costs to wait', (bench) => {
  // The node engine has a timer of the runtime for each stream (docs/limits.md).
  const most = bench.engine === 'native' ? 300 : 600;

  for (const [how, backoff] of [
    ['rule 14: backed off', never],
    ['rule 16: paused', soon],
  ] as const)
    it(`${how}: at most ${most} bytes a stream`, async () => {
      await costOfWaiting(bench, 50, backoff); // so that code and its feedback are there
      expect(await costOfWaiting(bench, 1000, backoff)).toBeLessThanOrEqual(most);
    });
});
