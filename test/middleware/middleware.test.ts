import { createGunzip } from 'node:zlib';
import { expect, it } from 'vitest';
import { asyncApp, hello, Seen } from '../contract/apps.js';
import { onEngines } from '../contract/engines.js';
import { aWhile, eventually } from '../support/waiting.js';
import { accessLog } from './access-log.js';
import { gzip } from './gzip.js';
import { timeout } from './timeout.js';

onEngines('middleware', (bench) => {
  it('gzip: each chunk arrives while the body goes on, and close() is kept', async () => {
    const seen = new Seen();
    const app = asyncApp(seen, (n) => (n < 2 ? `chunk ${n};` : new Promise(() => {})));
    const client = await bench.start(gzip()(app), { closeDeadlineMs: 50 });
    client.request('/', { fields: 'Accept-Encoding: br, gzip\r\n' });
    const unzip = createGunzip();
    let text = '';
    unzip.on('data', (bytes) => {
      text += bytes;
    });
    unzip.on('error', () => {}); // of the end that never comes
    let fed = 0;
    await eventually(() => {
      const body = client.received.slice(client.received.indexOf('\r\n\r\n') + 4);
      const whole = [...body.matchAll(/([0-9a-f]+)\r\n/g)];
      let bytes = '';
      for (let at = 0; whole.length && at < body.length; ) {
        const line = body.indexOf('\r\n', at);
        const size = Number.parseInt(body.slice(at, line), 16);
        bytes += body.slice(line + 2, line + 2 + size);
        at = line + 4 + size;
      }
      unzip.write(Buffer.from(bytes.slice(fed), 'latin1'));
      fed = bytes.length;
      return text === 'chunk 0;chunk 1;';
    }, 'both chunks');
    expect(client.received).toMatch(/content-encoding: gzip/i);
    client.fin();
    await eventually(() => seen.closes.length > 0, 'close()');
    expect(seen.closedBy).toBe('client-fin');
  });

  it('access log: also of a client that left', async () => {
    const lines: string[] = [];
    const server = await bench.serve(accessLog((line) => void lines.push(line))(hello));
    const client = await bench.connect(server);
    client.request('/a');
    await client.response('the response');
    await eventually(() => lines.length === 1, 'a line');
    expect(lines[0]).toMatch(/^127\.0\.0\.1 "GET \/a" 200 5 done \d/);
  });

  it('timeout: 503 before the first byte, a truncated response after it; close() either way', async () => {
    const early = new Seen();
    const first = await bench.start(timeout(30)(asyncApp(early, () => new Promise(() => {}))));
    first.request('/');
    expect(await first.response('the answer')).toMatchObject({ status: 503, body: 'too late\n' });
    const late = new Seen();
    const second = await bench.start(timeout(30)(asyncApp(late, (n) => (n ? new Promise(() => {}) : 'part'))));
    second.request('/');
    expect(await second.response('a truncated answer')).toMatchObject({ complete: false, body: 'part' });
    await aWhile(20);
    expect([early.closedBy, late.closedBy]).toEqual(['done', 'app-error']);
  });
});
