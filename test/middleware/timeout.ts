import type { App, Body, Chunk, StartResponse } from '../../src/gateway/types.js';

/** An application that gives nothing for `ms` is given up: by 503 before the first byte, by a truncated response later. */
export const timeout =
  (ms: number): ((app: App) => App) =>
  (app) =>
  async (environ, start) => {
    const body = await inTime(Promise.resolve(app(environ, start)), ms);
    return {
      [Symbol.asyncIterator]: () => watched(body, start, ms),
      close: (why) => body.close?.(why),
    } as Body;
  };

async function* watched(body: Body, start: StartResponse, ms: number): AsyncGenerator<Chunk> {
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  let over = false;
  try {
    for (;;) {
      const result = await inTime(Promise.resolve(iterator.next()), ms);
      over = result.done === true;
      if (over) return;
      yield result.value;
    }
  } catch (error) {
    over = true; // it has failed, or hangs: there is nobody to answer return()
    if (!(error instanceof TooLate)) throw error;
    start('503 Service Unavailable', [['Content-Type', 'text/plain']], { error }); // throws it if headers have left
    yield 'too late\n';
  } finally {
    if (!over) await iterator.return?.();
  }
}

class TooLate extends Error {}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
