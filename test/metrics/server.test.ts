import net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Server } from '../../src/engines/engine.js';
import { serve } from '../../src/gateway/serve.js';
import { hello } from '../contract/apps.js';
import { onEngines } from '../contract/engines.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';

const page = async (port: number, path = '/metrics', method = 'GET') => {
  const client = await RawClient.connect(port);
  const response = await client.request(path, { method, fields: 'Connection: close\r\n' }).response('the page', method);
  client.close();
  return response;
};
const figure = (text: string, name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);

onEngines('metrics', (bench) => {
  it('are served on a port of their own, and tell what the server does', async () => {
    const server = await bench.serve(
      (environ, start) => {
        start('200 OK', []);
        if (environ.path !== '/empty') return ['hello'];
        return (async function* () {
          yield 'x';
          for (;;) yield '';
        })();
      },
      { metricsPort: 0 },
    );
    const metricsPort = server.metricsPort!;
    expect(metricsPort).not.toBe(server.port);
    const [good, bad, streaming, silent] = [
      await bench.connect(server),
      await bench.connect(server),
      await bench.connect(server),
      await bench.connect(server),
    ];
    await good.request('/').response('a response');
    await bad.send('nonsense\r\n\r\n').untilEnd('the refusal');
    bad.close();
    await streaming.request('/empty').until('x', 'the stream');
    await eventually(() => server.stats().connections === 3, 'the refused one to go');
    const { status, body } = await page(metricsPort);
    expect(status).toBe(200);
    expect(figure(body, 'halfopen_requests_total')).toBe(2);
    expect(figure(body, 'halfopen_requests_in_flight')).toBe(1);
    expect(figure(body, 'halfopen_connections_accepted_total')).toBe(4);
    expect(figure(body, 'halfopen_refusals_total{status="400"}')).toBe(1);
    for (const state of ['idle', 'active', 'silent'])
      expect(figure(body, `halfopen_connections{state="${state}"}`), state).toBe(1);
    await eventually(() => server.stats().waiting.backoff === 1, 'the back-off');
    streaming.reset();
    await eventually(() => server.stats().disconnects['client-reset'] === 1, 'the disconnect');
    expect(figure((await page(metricsPort)).body, 'halfopen_disconnects_total{reason="client-reset"}')).toBe(1);
    silent.close();
  });

  it('other paths and methods are answered as they should be; the end of the server is theirs', async () => {
    const server = await bench.serve(hello, { metricsPort: 0 });
    const port = server.metricsPort!;
    expect((await page(port, '/')).status).toBe(404);
    expect((await page(port, '/metrics', 'POST')).status).toBe(405);
    expect((await page(port, '/metrics', 'HEAD')).status).toBe(200);
    await within(server.close({ graceMs: 0 }), 'the server to close');
    await expect(RawClient.connect(port)).rejects.toThrow();
  });

  it('a backlog of responses is counted', async () => {
    const server = await bench.serve((_environ, start) => {
      start('200 OK', []);
      return (async function* () {
        for (;;) yield new Uint8Array(256 * 1024);
      })();
    });
    (await bench.connect(server)).stall().request('/');
    await eventually(() => server.stats().waiting.drain === 1, 'a body that waits for its queue');
    // The kernel may have taken some of it since it was full; at the low-water mark the body would go on.
    expect(server.stats().queuedBytes).toBeGreaterThan(16 * 1024);
  });
});

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

it('a taken metrics port is an error that names it, and leaves nothing behind', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  closing.push(taken);
  await within(new Promise((resolve) => taken.once('listening', resolve)), 'the other server');
  const { port } = taken.address() as net.AddressInfo;
  const app = () => ['never'];
  let server: Server | null = null;
  await expect(
    serve(app, { port: 0, metricsPort: port }).then((each) => {
      server = each;
    }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  expect(server).toBe(null);
});
