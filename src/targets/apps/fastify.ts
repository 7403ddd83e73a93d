/** The testbed's application on Fastify: `reply.send()` of strings and streams, and `request.signal`. */
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { producers } from './producers.js';
import { stopWithParent } from './stop.js';

const probe = openProbe();
const { stream, tick, watched } = producers(probe);
const app = Fastify({ forceCloseConnections: true });
// Uploads are read by their handlers, as they come.
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', (_request, _payload, done) => done(null));

const text = (reply: FastifyReply) => reply.type('text/plain');
app.get('/', (_request, reply) => text(reply).send(bodies.hello));
app.get('/memory', (_request, reply) => text(reply).send(bodies.memoryReport()));
app.get('/stream', (_request, reply) => text(reply).send(Readable.from(pieces(), { objectMode: false })));
app.get('/async', (_request, reply) => text(reply).send(Readable.from(stream(), { objectMode: false })));
app.get('/tick', (_request, reply) => text(reply).send(Readable.from(tick(), { objectMode: false })));

function* pieces(): Iterable<Buffer> {
  for (let i = 0; i < bodies.streamChunks; i++) yield bodies.streamChunk;
}

function watch(request: FastifyRequest, reply: FastifyReply): { tag: string; signal: AbortSignal } {
  const given = request.headers[bodies.tagHeader];
  const tag = typeof given === 'string' ? given : '';
  const { signal } = request;
  probe.request(tag);
  signal.addEventListener('abort', () => probe.gone(tag, 'signal'), { once: true });
  reply.raw.on('close', () => {
    if (reply.raw.writableFinished) probe.end(tag);
    probe.closed(tag);
  });
  return { tag, signal };
}

app.get('/fixed', (request, reply) => {
  watch(request, reply);
  return text(reply).send(bodies.fixedBody);
});
app.get('/silent', (request, reply) => {
  watch(request, reply);
  // A handler that returns nothing has said that the answer comes later.
});
for (const [path, make] of Object.entries(watched)) {
  app.all(path, (request, reply) => {
    const { tag, signal } = watch(request, reply);
    const body = make({ tag, signal, input: request.raw, complete: () => request.raw.complete });
    return text(reply).send(Readable.from(body, { objectMode: false }));
  });
}

await app.listen({ port: 0, host: '127.0.0.1' });
stopWithParent(() => app.close());
probe.ready((app.server.address() as AddressInfo).port);
