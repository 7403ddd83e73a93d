import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Probe } from '../../probes/writer.js';
import * as bodies from './bodies.js';

type Chunks = AsyncIterable<Buffer>;

const nothing = Buffer.alloc(0);

/**
 * The testbed's streams as asynchronous generators. None of the servers that take them backs off: a source that has
 * nothing to say for long waits for the next turn of the event loop, else the process would answer nobody else.
 */
export function producers(probe: Probe) {
  async function* stream(): Chunks {
    for (let i = 0; i < bodies.streamChunks; i++) yield bodies.streamChunk;
  }

  async function* tick(): Chunks {
    for (let i = 0; i < bodies.streamChunks; i++) {
      yield bodies.streamChunk;
      await turn();
    }
  }

  async function* paced(tag: string, chunks = Number.POSITIVE_INFINITY): Chunks {
    for (let i = 1; i <= chunks; i++) {
      probe.pull(tag, i);
      await sleep(bodies.pacedEveryMs);
      yield bodies.pacedChunk;
    }
  }

  function* endless(): Iterable<Buffer> {
    for (;;) {
      probe.countPull();
      yield bodies.endlessChunk;
    }
  }

  async function* idle(signal: AbortSignal): Chunks {
    yield bodies.pacedChunk;
    await aborted(signal);
  }

  async function* storm(signal: AbortSignal, onPull: (pulls: number) => void): Chunks {
    for (let pulls = 1; !signal.aborted; pulls++) {
      onPull(pulls);
      yield nothing;
      await turn();
    }
  }

  async function* stormThenData(): Chunks {
    for (let i = 0; i < bodies.emptiesBeforeData; i++) yield nothing;
    yield Buffer.from(bodies.hello);
  }

  async function* stormBetween(): Chunks {
    for (let i = 0; i < bodies.finiteChunks; i++) {
      yield bodies.streamChunk;
      for (let empties = 0; empties < bodies.emptiesBetween; empties++) yield nothing;
    }
  }

  async function* upload(input: AsyncIterable<Uint8Array>, tag: string, complete = () => true): Chunks {
    let bytes = 0;
    try {
      for await (const part of input) bytes += part.length;
    } catch (error) {
      probe.input(tag, 'broken', bytes);
      throw error;
    }
    probe.input(tag, complete() ? 'eof' : 'broken', bytes);
    yield Buffer.from(`${bytes}\n`);
  }

  /** What is asked by path: the client's going aborts `signal`, and `input` is the request's body. */
  const watched: Record<string, (request: Asked) => Chunks | Iterable<Buffer>> = {
    '/idle': ({ signal }) => idle(signal),
    '/paced': ({ tag }) => paced(tag),
    '/finite': ({ tag }) => paced(tag, bodies.finiteChunks),
    '/endless': endless,
    '/endless-async': () => toAsync(endless()),
    '/storm': ({ signal }) => storm(signal, () => probe.countPull()),
    '/storm-told': ({ signal, tag }) => storm(signal, (pulls) => probe.pull(tag, pulls)),
    '/storm-then-data': stormThenData,
    '/storm-between': stormBetween,
    '/upload': ({ input, tag, complete }) => upload(input, tag, complete),
    '/early': () => [Buffer.from(bodies.hello)],
  };
  return { stream, tick, watched };
}

export interface Asked {
  readonly tag: string;
  readonly signal: AbortSignal;
  readonly input: AsyncIterable<Uint8Array>;
  /** Whether the whole request body came; absent: `input` says so itself. */
  readonly complete?: () => boolean;
}

async function* toAsync<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
