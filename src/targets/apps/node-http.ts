/** A process that serves the testbed's application on bare node:http, written as its users write it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { stopWithParent } from './stop.js';

const probe = openProbe();

async function streamAsync(response: ServerResponse): Promise<void> {
  for (let i = 0; i < bodies.streamChunks; i++) {
    await null;
    response.write(bodies.streamChunk);
  }
  response.end();
}

function tick(response: ServerResponse, left = bodies.streamChunks): void {
  if (left === 0) return void response.end();
  response.write(bodies.streamChunk);
  setImmediate(tick, response, left - 1);
}

function* endless(): Iterable<Buffer> {
  for (;;) {
    probe.countPull();
    yield bodies.endlessChunk;
  }
}

async function* paced(tag: string, chunks = Number.POSITIVE_INFINITY): AsyncIterable<Buffer> {
  for (let i = 1; i <= chunks; i++) {
    probe.pull(tag, i);
    await sleep(bodies.pacedEveryMs);
    yield bodies.pacedChunk;
  }
}

/**
 * A source with nothing to say, asked again and again. node:http has no word for that, so its user asks once per turn of
 * the event loop; without the `await` the process would answer nobody else, ever.
 */
async function storm(response: ServerResponse, onPull: (pulls: number) => void): Promise<void> {
  for (let pulls = 1; !response.destroyed; pulls++) {
    onPull(pulls);
    await turn();
  }
}

async function stormThenData(response: ServerResponse): Promise<void> {
  for (let i = 0; i < bodies.emptiesBeforeData; i++) await turn();
  response.end(bodies.hello);
}

async function* stormBetween(): AsyncIterable<Buffer> {
  for (let i = 0; i < bodies.finiteChunks; i++) {
    yield bodies.streamChunk;
    for (let empties = 0; empties < bodies.emptiesBetween; empties++) await turn();
  }
}

async function upload(response: ServerResponse, tag: string): Promise<void> {
  let bytes = 0;
  try {
    for await (const part of response.req) bytes += (part as Buffer).length;
  } catch {
    return probe.input(tag, 'broken', bytes);
  }
  probe.input(tag, response.req.complete ? 'eof' : 'broken', bytes);
  response.end(`${bytes}\n`);
}

/** Answers whose fate the probe tells. */
const watched: Record<string, (response: ServerResponse, tag: string) => unknown> = {
  '/idle': (response) => response.write(bodies.pacedChunk),
  '/paced': (response, tag) => pipeline(paced(tag), response),
  '/finite': (response, tag) => pipeline(paced(tag, bodies.finiteChunks), response),
  '/endless': (response) => pipeline(Readable.from(endless()), response),
  '/endless-async': (response) => pipeline(endless(), response),
  '/storm': (response) => storm(response, () => probe.countPull()),
  '/storm-told': (response, tag) => storm(response, (pulls) => probe.pull(tag, pulls)),
  '/storm-then-data': stormThenData,
  '/storm-between': (response) => pipeline(stormBetween(), response),
  '/silent': () => {},
  '/upload': upload,
  '/early': (response) => response.end(bodies.hello),
  '/fixed': (response) => {
    response.setHeader('content-length', bodies.fixedBody.length);
    response.end(bodies.fixedBody);
  },
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  response.setHeader('content-type', 'text/plain');
  switch (path) {
    case '/':
      return void response.end(bodies.hello);
    case '/stream':
      for (let i = 0; i < bodies.streamChunks; i++) response.write(bodies.streamChunk);
      return void response.end();
    case '/async':
      return void streamAsync(response);
    case '/tick':
      return tick(response);
    case '/memory':
      return void response.end(bodies.memoryReport());
  }
  const make = watched[path];
  if (make) watch(request, response, make);
  else response.writeHead(404).end('no such path\n');
}

function watch(
  request: IncomingMessage,
  response: ServerResponse,
  make: (response: ServerResponse, tag: string) => unknown,
): void {
  const given = request.headers[bodies.tagHeader];
  const tag = typeof given === 'string' ? given : '';
  probe.request(tag);
  response.on('close', () => {
    // node:http does not say why; a response that was not finished has lost its client.
    if (response.writableFinished) probe.end(tag);
    else probe.gone(tag, 'close');
    probe.closed(tag);
  });
  void Promise.resolve(make(response, tag)).catch(() => {}); // the client is gone: told above
}

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => probe.ready((server.address() as AddressInfo).port));
stopWithParent(async () => {
  server.closeAllConnections();
  server.close();
});
