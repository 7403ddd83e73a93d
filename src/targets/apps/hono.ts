/** The testbed's application on Hono and its adapter for node:http: `c.text()`, `stream()`, `onAbort()`. */
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { stream as streamed } from 'hono/streaming';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { aborted, producers } from './producers.js';
import { stopWithParent } from './stop.js';

const probe = openProbe();
const { stream, tick, watched } = producers(probe);
const app = new Hono();

app.get('/', (c) => c.text(bodies.hello));
app.get('/memory', (c) => c.text(bodies.memoryReport()));
for (const [path, make] of Object.entries({ '/stream': stream, '/async': stream, '/tick': tick })) {
  app.get(path, (c) =>
    streamed(plain(c), async (out) => {
      for await (const chunk of make()) await out.write(chunk);
    }),
  );
}
app.get('/fixed', (c) => {
  const tag = c.req.header(bodies.tagHeader) ?? '';
  probe.request(tag);
  plain(c).header('content-length', String(bodies.fixedBody.length));
  return streamed(c, async (out) => {
    out.onAbort(() => probe.gone(tag, 'onAbort'));
    await out.write(bodies.fixedBody);
    if (!out.aborted) probe.end(tag);
    probe.closed(tag);
  });
});
app.get('/silent', async (c) => {
  const tag = c.req.header(bodies.tagHeader) ?? '';
  probe.request(tag);
  await aborted(c.req.raw.signal);
  probe.gone(tag, 'signal');
  probe.closed(tag);
  return c.body(null);
});
for (const [path, make] of Object.entries(watched)) {
  app.all(path, (c) => {
    const tag = c.req.header(bodies.tagHeader) ?? '';
    probe.request(tag);
    return streamed(plain(c), async (out) => {
      const gone = new AbortController();
      out.onAbort(() => {
        probe.gone(tag, 'onAbort');
        gone.abort();
      });
      const input = c.req.raw.body ?? emptyBody();
      try {
        for await (const chunk of make({ tag, signal: gone.signal, input })) {
          await out.write(chunk);
          if (out.aborted) break;
        }
        if (!out.aborted) probe.end(tag);
      } finally {
        probe.closed(tag);
      }
    });
  });
}

function plain(c: Context): Context {
  c.header('content-type', 'text/plain');
  return c;
}

async function* emptyBody(): AsyncIterable<Uint8Array> {}

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => probe.ready(port));
stopWithParent(async () => void server.close());
