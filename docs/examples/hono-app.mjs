// A Hono app, as it is: an object with a fetch method.
//
//   halfopen serve docs/examples/hono-app.mjs

import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

const app = new Hono();

app.get('/', (c) => c.text('hello'));

app.post('/echo', (c) => c.body(c.req.raw.body)); // streamed both ways

app.get('/clock', (c) =>
  streamSSE(c, async (stream) => {
    stream.onAbort(() => console.log('the clock stops'));
    while (!stream.aborted) {
      await stream.writeSSE({ data: new Date().toISOString() });
      await stream.sleep(Number(process.env.EVERY_MS ?? 1000));
    }
  }),
);

export default app;
