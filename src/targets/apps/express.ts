/** The testbed's application on Express: routes, `res.send()`, `pipeline()`, and `close` on the response. */
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Request, type Response } from 'express';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { producers } from './producers.js';
import { stopWithParent } from './stop.js';

const probe = openProbe();
const { stream, tick, watched } = producers(probe);
const app = express().disable('x-powered-by').disable('etag');

app.get('/', (_request, response) => void response.type('text/plain').send(bodies.hello));
app.get('/memory', (_request, response) => void response.type('text/plain').send(bodies.memoryReport()));
app.get('/stream', (_request, response) => {
  response.type('text/plain');
  for (let i = 0; i < bodies.streamChunks; i++) response.write(bodies.streamChunk);
  response.end();
});
app.get('/async', (_request, response) => carry(stream(), response));
app.get('/tick', (_request, response) => carry(tick(), response));
app.get('/fixed', (request, response) => {
  watch(request, response);
  response.type('text/plain').send(bodies.fixedBody);
});
app.get('/silent', (request, response) => void watch(request, response));
for (const [path, make] of Object.entries(watched)) {
  app.all(path, (request, response) => {
    const { tag, signal } = watch(request, response);
    const body = make({ tag, signal, input: request, complete: () => request.complete });
    carry(Symbol.asyncIterator in body ? body : Readable.from(body), response);
  });
}

function carry(body: AsyncIterable<Buffer>, response: Response): void {
  // A client that leaves in the middle is told of by `close`; unhandled it would end the process.
  pipeline(body, response.type('text/plain')).catch(() => {});
}

function watch(request: Request, response: Response): { tag: string; signal: AbortSignal } {
  const tag = request.get(bodies.tagHeader) ?? '';
  const gone = new AbortController();
  probe.request(tag);
  response.on('close', () => {
    if (response.writableFinished) probe.end(tag);
    else probe.gone(tag, 'close');
    gone.abort();
    probe.closed(tag);
  });
  return { tag, signal: gone.signal };
}

const server = app.listen(0, '127.0.0.1', () => probe.ready((server.address() as AddressInfo).port));
stopWithParent(async () => {
  server.closeAllConnections();
  server.close();
});
