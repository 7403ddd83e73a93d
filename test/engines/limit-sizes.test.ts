/** Is each limit of size met exactly: what just fits is served, one byte more is refused, with the status that belongs to it? */
import { expect, it } from 'vitest';
import type { ServeOptions } from '../../src/gateway/options.js';
import type { App } from '../../src/gateway/types.js';
import { onEngines } from '../contract/engines.js';
import { aWhile, eventually } from '../support/waiting.js';
import { field } from '../support/wire-response.js';

const reading: App = async (environ, start) => {
  await environ.input.read();
  start('200 OK', []);
  return [environ.method];
};

const HOST = 'Host: x\r\n';
const fill = (size: number) => 'a'.repeat(size);
const line = (size: number) => `GET /${fill(size - 'GET / HTTP/1.1'.length)} HTTP/1.1\r\n${HOST}\r\n`;
const head = (size: number) => {
  const rest = `GET / HTTP/1.1\r\n${HOST}a: \r\n\r\n`;
  return rest.replace('a: ', `a: ${fill(size - rest.length)}`);
};
const oneField = (size: number) => `GET / HTTP/1.1\r\n${HOST}a: ${fill(size - 'a: '.length)}\r\n\r\n`;
const fields = (count: number) => `GET / HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(count - 1)}\r\n`;
const chunked = (body: string) => `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${body}`;
const extension = (size: number) => chunked(`1;${fill(size - 1)}\r\nx\r\n0\r\n\r\n`);
/** Each chunk costs three bytes of framing more than twice its data, the last one three. */
const overhead = (chunks: number) => chunked(`${'1\r\nx\r\n'.repeat(chunks)}0\r\n\r\n`);
const body = (size: number) => `POST / HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n${fill(size)}`;

type Row = readonly [what: string, options: ServeOptions, fits: string, tooLarge: string, status: number];
const BOTH: readonly Row[] = [
  ['maxRequestLineBytes', { maxRequestLineBytes: 100 }, line(100), line(101), 414],
  ['maxRequestLineBytes, default', {}, line(8192), line(8193), 414],
  ['maxFieldBytes', { maxFieldBytes: 50 }, oneField(50), oneField(51), 431],
  ['maxFieldBytes, default', {}, oneField(16_384), oneField(16_385), 431],
  ['maxFields', { maxFields: 5 }, fields(5), fields(6), 431],
  ['maxFields, default', {}, fields(100), fields(101), 431],
  ['maxMethodBytes', { maxMethodBytes: 5 }, `PATCH${line(60).slice(3)}`, `DELETE${line(60).slice(3)}`, 501],
  ['maxBodyBytes', { maxBodyBytes: 1000 }, body(1000), body(1001), 413],
];
const EXACT: Readonly<Record<'native' | 'node', readonly Row[]>> = {
  native: [
    ['maxHeadBytes', { maxHeadBytes: 500 }, head(500), head(501), 431],
    ['maxHeadBytes, default', { maxFieldBytes: 60_000 }, head(32_768), head(32_769), 431],
    ['maxHeadBytes, greatest', { maxHeadBytes: 60_000, maxFieldBytes: 60_000 }, head(60_000), head(60_001), 431],
    ['maxMethodBytes, default', {}, `${fill(32)}${line(60).slice(3)}`, `${fill(33)}${line(60).slice(3)}`, 501],
    ['maxChunkExtensionBytes', { maxChunkExtensionBytes: 20 }, extension(20), extension(21), 400],
    ['maxChunkExtensionBytes, default', {}, extension(4096), extension(4097), 400],
    ['maxChunkOverheadBytes', { maxChunkOverheadBytes: 64 }, overhead(20), overhead(21), 400],
    ['maxChunkOverheadBytes, default', {}, overhead(5460), overhead(5461), 400],
  ],
  // The runtime counts a part of the head's bytes only.
  node: [['maxHeadBytes', { maxHeadBytes: 2000, maxFieldBytes: 60_000 }, head(1800), head(2400), 431]],
};

onEngines('limits of size', (bench) => {
  it.each([...BOTH, ...EXACT[bench.engine]])('%s', async (_what, options, fits, tooLarge, status) => {
    const server = await bench.serve(reading, options);
    const good = await bench.connect(server);
    expect((await good.send(fits).response('what fits')).status).toBe(200);
    const bad = await bench.connect(server);
    const refused = await bad.send(tooLarge).response('the refusal');
    expect([refused.status, refused.complete, field(refused, 'connection')]).toEqual([status, true, 'close']);
    expect(await bad.untilEnd('the end')).toBe('fin');
    expect(server.stats().refused).toEqual({ [status]: 1 });
  });

  it('pipelineRequests: no more is read while so many are unanswered, and all are answered in the end', async () => {
    const waiting: (() => void)[] = [];
    const app: App = async (environ, start) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      start('200 OK', []);
      return [environ.path];
    };
    const server = await bench.serve(app, { pipelineRequests: 3 });
    const client = await bench.connect(server);
    const most = bench.engine === 'node' ? 4 : 3; // three behind the one in progress
    for (let i = 0; i < 8; i++) {
      client.request(`/${i}`); // each on its own, so that it is read on its own
      await eventually(() => server.stats().inFlight >= Math.min(i + 1, most), `request ${i}`);
      await aWhile(10);
    }
    expect(server.stats().inFlight).toBe(most);
    for (let i = 0; i < 8; i++) {
      await eventually(() => waiting.length > 0, `the turn of request ${i}`);
      waiting.shift()!();
      expect((await client.response(`answer ${i}`)).body).toBe(`/${i}`);
    }
  });

  const native = it.skipIf(bench.engine !== 'native');
  native('pipelineBytes: the same by the size of the heads', async () => {
    const waiting: (() => void)[] = [];
    const app: App = async (environ, start) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      start('200 OK', []);
      return [environ.path];
    };
    const server = await bench.serve(app, { pipelineBytes: 1000 });
    const client = await bench.connect(server);
    for (let i = 0; i < 8; i++) {
      client.request(`/${i}`, { fields: `a: ${fill(370)}\r\n` }); // some 400 bytes: the third reaches the limit
      await eventually(() => server.stats().inFlight >= Math.min(i + 1, 3), `request ${i}`);
      await aWhile(10);
    }
    expect(server.stats().inFlight).toBe(3);
    for (let i = 0; i < 8; i++) {
      await eventually(() => waiting.length > 0, `the turn of request ${i}`);
      waiting.shift()!();
      expect((await client.response(`answer ${i}`)).body).toBe(`/${i}`);
    }
  });

  native('maxLingerBytes: a client that goes on sending to an ended connection is cut off', async () => {
    const server = await bench.serve(reading, { maxLingerBytes: 1000, lingerIdleMs: 20_000, lingerTimeoutMs: 20_000 });
    const client = await bench.connect(server);
    await client.send('nonsense\r\n\r\n').untilEnd('the refusal and the FIN');
    await eventually(() => server.stats().states.lingering === 1, 'the lingering');
    client.send(fill(1000));
    await aWhile();
    expect(server.stats().states.lingering).toBe(1);
    client.send('a');
    await eventually(() => server.stats().connections === 0, 'the end of it');
  });
});
