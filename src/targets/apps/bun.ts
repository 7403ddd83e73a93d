/** The testbed's application on Bun.serve: `Response` of a string or an asynchronous generator, and `request.signal`. */
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { monotonicClock } from './bun-clock.js';
import { aborted, producers } from './producers.js';
import { stopWithParent } from './stop.js';

/** The little of Bun that is used here. */
interface BunRuntime {
  serve(options: {
    hostname: string;
    port: number;
    idleTimeout: number;
    fetch(request: Request): Response | Promise<Response>;
  }): { readonly port: number; stop(now: boolean): Promise<void> };
  gc(force: boolean): void;
}

const runtime = (globalThis as unknown as { Bun: BunRuntime }).Bun;
const probe = openProbe(process.env.HALFOPEN_PROBE, await monotonicClock());
const { stream, tick, watched } = producers(probe);
globalThis.gc = (() => runtime.gc(true)) as typeof globalThis.gc;

const plain = { headers: { 'content-type': 'text/plain' } };
type Body = ConstructorParameters<typeof Response>[0];
/** Bun takes an asynchronous generator as a body; its type does not say so everywhere. */
const respond = (body: AsyncIterable<Uint8Array>): Response => new Response(body as unknown as Body, plain);

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  if (path === '/') return new Response(bodies.hello, plain);
  if (path === '/memory') return new Response(bodies.memoryReport(), plain);
  if (path === '/stream' || path === '/async') return respond(stream());
  if (path === '/tick') return respond(tick());
  const make = watched[path];
  if (!make && path !== '/fixed' && path !== '/silent') return new Response('no such path\n', { status: 404 });
  const tag = request.headers.get(bodies.tagHeader) ?? '';
  const { signal } = request;
  probe.request(tag);
  signal.addEventListener('abort', () => probe.gone(tag, 'signal'), { once: true });
  if (path === '/fixed') return respond(watch(tag, signal, [bodies.fixedBody]));
  if (path === '/silent') {
    await aborted(signal);
    probe.closed(tag);
    return new Response(null);
  }
  const input = (request.body ?? []) as unknown as AsyncIterable<Uint8Array>;
  return respond(watch(tag, signal, make!({ tag, signal, input })));
}

async function* watch(
  tag: string,
  signal: AbortSignal,
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncIterable<Buffer> {
  let ended = false;
  try {
    yield* body;
    ended = !signal.aborted;
  } finally {
    if (ended) probe.end(tag);
    probe.closed(tag);
  }
}

// Its default ends a stream that is silent for ten seconds.
const server = runtime.serve({ hostname: '127.0.0.1', port: 0, idleTimeout: 0, fetch: answer });
stopWithParent(() => server.stop(true));
probe.ready(server.port);
