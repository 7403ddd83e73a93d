import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { App, Body, Chunk, CloseReason, Environ } from '../../gateway/types.js';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { stylesApp } from './styles.js';

/** The testbed's application in the gateway's own shape. The throughput paths tell the probe nothing: it would be measured. */
export const probe = openProbe();
const plainText: [string, string][] = [['content-type', 'text/plain']];

function* stream(): Iterable<Chunk> {
  for (let i = 0; i < bodies.streamChunks; i++) yield bodies.streamChunk;
}

async function* streamAsync(): AsyncIterable<Chunk> {
  for (let i = 0; i < bodies.streamChunks; i++) yield bodies.streamChunk;
}

async function* tick(): AsyncIterable<Chunk> {
  for (let i = 0; i < bodies.streamChunks; i++) {
    yield bodies.streamChunk;
    await turn();
  }
}

/** Something to say once, and then nothing until the client has gone. */
async function* idle({ signal }: Environ): AsyncIterable<Chunk> {
  yield bodies.pacedChunk;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function* paced(_environ: Environ, tag: string, chunks = Number.POSITIVE_INFINITY): AsyncIterable<Chunk> {
  for (let i = 1; i <= chunks; i++) {
    probe.pull(tag, i);
    await sleep(bodies.pacedEveryMs);
    yield bodies.pacedChunk;
  }
}

function* endless(): Iterable<Chunk> {
  for (;;) {
    probe.countPull();
    yield bodies.endlessChunk;
  }
}

async function* endlessAsync(): AsyncIterable<Chunk> {
  yield* endless();
}

/** Never anything to say, and never a pause: what the gateway makes of it is the question. */
function* storm(): Iterable<Chunk> {
  for (;;) {
    probe.countPull();
    yield '';
  }
}

function* toldStorm(_environ: Environ, tag: string): Iterable<Chunk> {
  for (let i = 1; ; i++) {
    probe.pull(tag, i);
    yield '';
  }
}

/** Words with silence between them, which must not end the response. */
function* stormBetween(): Iterable<Chunk> {
  for (let i = 0; i < bodies.finiteChunks; i++) {
    yield bodies.streamChunk;
    for (let empties = 0; empties < bodies.emptiesBetween; empties++) yield '';
  }
}

/** Not even a head leaves before the client has gone. */
async function* silent({ signal }: Environ): AsyncIterable<Chunk> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** Reads its request to the end, and says how long it was. */
async function* upload({ input }: Environ, tag: string): AsyncIterable<Chunk> {
  let bytes = 0;
  try {
    for await (const part of input) bytes += part.length;
  } finally {
    // An `open` input here is one that nobody will finish reading.
    probe.input(tag, input.state === 'open' ? 'broken' : input.state, bytes);
  }
  yield `${bytes}\n`;
}

function* stormThenData(): Iterable<Chunk> {
  for (let i = 0; i < bodies.emptiesBeforeData; i++) yield '';
  yield bodies.hello;
}

/** Bodies whose fate the probe tells. */
const watched: Record<string, (environ: Environ, tag: string) => Body> = {
  '/idle': idle,
  '/paced': paced,
  '/finite': (environ, tag) => paced(environ, tag, bodies.finiteChunks),
  '/endless': endless,
  '/endless-async': endlessAsync,
  '/storm': storm,
  '/storm-told': toldStorm,
  '/storm-then-data': stormThenData,
  '/storm-between': stormBetween,
  '/silent': silent,
  '/upload': upload,
  '/early': () => [bodies.hello],
};

export const app: App = (environ, start) => {
  switch (environ.path) {
    case '/':
      start('200 OK', plainText);
      return [bodies.hello];
    case '/stream':
      start('200 OK', plainText);
      return stream();
    case '/async':
      start('200 OK', plainText);
      return streamAsync();
    case '/tick':
      start('200 OK', plainText);
      return tick();
    case '/memory':
      start('200 OK', plainText);
      return [bodies.memoryReport()];
  }
  const styled = stylesApp(environ, start, probe);
  if (styled) return styled;
  if (environ.path === '/fixed') {
    start('200 OK', [...plainText, ['content-length', String(bodies.fixedBody.length)]]);
    return watch(environ, () => [bodies.fixedBody]);
  }
  const make = watched[environ.path];
  start(make ? '200 OK' : '404 Not Found', plainText);
  return make ? watch(environ, make) : ['no such path\n'];
};

function watch(environ: Environ, make: (environ: Environ, tag: string) => Body): Body {
  const tag = environ.headers.get(bodies.tagHeader) ?? '';
  probe.request(tag);
  const { signal } = environ;
  signal.addEventListener('abort', () => probe.gone(tag, (signal.reason as CloseReason).kind), { once: true });
  const body = make(environ, tag);
  const close = (why: CloseReason): void => {
    if (why.kind === 'done') probe.end(tag);
    probe.closed(tag);
  };
  if (Symbol.asyncIterator in body) return { [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](), close };
  return { [Symbol.iterator]: () => body[Symbol.iterator](), close };
}
