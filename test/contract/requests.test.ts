import { expect, it } from 'vitest';
import type { App, Environ } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { field } from '../support/wire-response.js';
import { asyncApp, hello, routes, Seen } from './apps.js';
import { onEngines } from './engines.js';

onEngines('requests and connections', (bench) => {
  it('the environ describes the request', async () => {
    let environ!: Environ;
    const server = await bench.serve((given, start) => {
      environ = given;
      return hello(given, start);
    });
    const client = await bench.connect(server);
    client.send(
      'PATCH /a%20b/c?x=1&y=?2 HTTP/1.1\r\nHost: h\r\nX-Two: 1\r\nCookie: a\r\nx-two:  2 \r\nCookie: b\r\n\r\n',
    );
    await client.response('the response');
    expect(environ).toMatchObject({ method: 'PATCH', scriptName: '', path: '/a%20b/c', query: 'x=1&y=?2' });
    expect(environ).toMatchObject({ protocol: 'HTTP/1.1', scheme: 'http', serverPort: server.port });
    expect(environ.remoteAddress).toBe('127.0.0.1');
    expect(environ.remotePort).toBe(client.socket.localPort);
    expect(environ.headers.get('X-TWO')).toBe('1, 2');
    expect(environ.headers.get('cookie')).toBe('a; b');
    expect(environ.headers.get('absent')).toBeNull();
    expect(environ.headers.has('host')).toBe(true);
    expect([...environ.headers.entries()]).toEqual([
      ['host', 'h'],
      ['x-two', '1'],
      ['cookie', 'a'],
      ['x-two', '2'],
      ['cookie', 'b'],
    ]);
    expect(environ.extensions).toEqual({});
  });

  it('a target with an authority has the path of its own', async () => {
    const paths: string[] = [];
    const client = await bench.start((environ, start) => {
      paths.push(`${environ.path}?${environ.query}`);
      return hello(environ, start);
    });
    client.request('http://x/a/b?c').request('http://x').request('*', { method: 'OPTIONS' });
    for (let i = 0; i < 3; i++) await client.response(`response ${i}`);
    expect(paths).toEqual(['/a/b?c', '/?', '*?']);
  });

  it('a connection is kept, and closed when the client says so', async () => {
    const client = await bench.start(hello);
    for (let i = 0; i < 3; i++) {
      const response = await client.request('/').response(`response ${i}`);
      expect(field(response, 'connection')?.toLowerCase() ?? 'keep-alive').toBe('keep-alive');
    }
    const last = await client.request('/', { fields: 'Connection: close\r\n' }).response('the last one');
    expect(field(last, 'connection')?.toLowerCase()).toBe('close');
    expect(await client.untilEnd('the close')).toBe('fin');
  });

  it('pipelined requests are answered in their order', async () => {
    const client = await bench.start(async (environ, start) => {
      // The earlier, the slower.
      await aWhile(40 - 10 * Number(environ.query));
      start('200 OK', []);
      return [environ.query, '!'];
    });
    client.request('/?0').request('/?1').request('/?2').request('/?3');
    const bodies: string[] = [];
    for (let i = 0; i < 4; i++) bodies.push((await client.response(`response ${i}`)).body);
    expect(bodies).toEqual(['0!', '1!', '2!', '3!']);
  });

  it('many pipelined requests at once are all answered', async () => {
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      return environ.query === '7' ? ['chun', 'ked'] : [environ.query];
    });
    const count = 500;
    client.send(Array.from({ length: count }, (_, i) => `GET /?${i} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    for (let i = 0; i < count; i++)
      expect((await client.response(`response ${i}`)).body).toBe(i === 7 ? 'chunked' : String(i));
  });

  it('what stands behind an upgrade that nobody answers is read as it was sent, or not at all', async () => {
    const seen: string[] = [];
    const client = await bench.start((environ, start) => {
      seen.push(`${environ.method} ${environ.path}`);
      return hello(environ, start);
    });
    const upgrade = 'GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: keep-alive, Upgrade\r\n\r\n';
    client.send(`${upgrade}XGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const first = await client.response('the answer to the request that asks for it');
    expect(first.status).toBe(200);
    const kept = field(first, 'connection')?.toLowerCase() !== 'close';
    expect(kept).toBe(bench.engine === 'native');
    if (kept) expect((await client.response('the answer to the next')).status).toBe(200);
    expect(await client.untilEnd('the close')).toBe('fin');
    expect(seen).toEqual(kept ? ['GET /a', 'XGET /b'] : ['GET /a']);
  });

  it('HTTP/1.0: a stream ends with the connection', async () => {
    const client = await bench.start(asyncApp(new Seen(), (call) => (call < 3 ? aWhile(5).then(() => 'x') : null)));
    client.request('/', { version: '1.0' });
    expect(await client.untilEnd('the close')).toBe('fin');
    const response = await client.response('the response');
    expect(response).toMatchObject({ framing: 'close', body: 'xxx' });
  });

  it('HTTP/1.0: a known length, and keep-alive on request', async () => {
    const client = await bench.start(hello);
    const kept = { version: '1.0', fields: 'Connection: keep-alive\r\n' };
    for (let i = 0; i < 2; i++) {
      const response = await client.request('/', kept).response(`response ${i}`);
      expect(response).toMatchObject({ framing: 'length', body: 'hello' });
      expect(field(response, 'connection')?.toLowerCase()).toBe('keep-alive');
    }
    await client.request('/', { version: '1.0' }).response('the last one');
    expect(await client.untilEnd('the close')).toBe('fin');
  });

  for (const [what, bytes] of Object.entries({
    'a request line of nonsense': 'what is this\r\n\r\n',
    'a space before a colon': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
    'no Host': 'GET / HTTP/1.1\r\n\r\n',
    'two different lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'a length and a transfer coding':
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a control character in a value': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
  }))
    it(`400 and close for ${what}`, async () => {
      const client = await bench.start(hello);
      client.send(bytes);
      const response = await client.response('the refusal');
      expect(response.status).toBe(400);
      expect(field(response, 'connection')?.toLowerCase()).toBe('close');
      expect(await client.untilEnd('the close')).toBe('fin');
    });

  it('nonsense behind a pending request does not harm its response', async () => {
    const gate = new Deferred();
    const seen = new Seen();
    const client = await bench.start(asyncApp(seen, async (call) => (call ? null : gate.promise.then(() => 'whole'))));
    client.request('/').send('nonsense\r\n\r\n');
    await eventually(() => seen.asked > 0, 'the request');
    await aWhile(50);
    expect(seen.environ.signal.aborted).toBe(false);
    gate.resolve();
    expect((await client.response('the response')).body).toBe('whole');
    expect((await client.response('the refusal')).status).toBe(400);
    await client.untilEnd('the close');
  });

  it('408 when the head of a request stalls', async () => {
    const client = await bench.start(hello, { headTimeoutMs: 200 });
    client.send('GET / HTTP/1.1\r\nHost:');
    expect((await client.response('the refusal')).status).toBe(408);
    await client.untilEnd('the close');
  });

  it('a connection that stays silent is closed', async () => {
    const client = await bench.start(hello, { headTimeoutMs: 200 });
    await client.untilEnd('the close');
  });

  it('an idle connection is closed after the keep-alive timeout', async () => {
    const client = await bench.start(hello, { keepAliveTimeoutMs: 200, headTimeoutMs: 60_000 });
    await client.request('/').response('the response');
    await client.untilEnd('the close');
  });

  it('connections above the limit do not get in', async () => {
    const server = await bench.serve(hello, { maxConnections: 2 });
    const first = await bench.connect(server);
    const second = await bench.connect(server);
    await first.request('/').response('the first');
    await second.request('/').response('the second');
    const third = await bench.connect(server);
    third.request('/');
    await aWhile(100);
    expect(third.total).toBe(0);
    expect((await first.request('/').response('the first again')).body).toBe('hello');
  });

  it('close(): no new connections, idle ones end, a response in progress is completed', async () => {
    const gate = new Deferred();
    const seen = new Seen();
    const slow = asyncApp(seen, async (call) => (call ? null : gate.promise.then(() => 'whole')));
    const server = await bench.serve(routes({ '/slow': slow, '/': hello }));
    const idle = await bench.connect(server);
    await idle.request('/').response('the response');
    const busy = await bench.connect(server);
    busy.request('/slow');
    await eventually(() => seen.asked > 0, 'the request');
    let closed = false;
    const closing = server.close({ graceMs: 60_000 }).then(() => {
      closed = true;
    });
    expect(await idle.untilEnd('the end of the idle one')).toBe('fin');
    await expect(bench.connect(server).then((late) => late.request('/').response('nothing'))).rejects.toThrow();
    expect(closed).toBe(false);
    gate.resolve();
    expect((await busy.response('the response in progress')).body).toBe('whole');
    busy.close();
    await within(closing, 'close()');
    expect(seen.environ.signal.aborted).toBe(false);
  });

  it('close(): after the grace, responses in progress are reset', async () => {
    const seen = new Seen();
    const server = await bench.serve(asyncApp(seen, (call) => (call ? new Promise(() => {}) : 'x')));
    const client = await bench.connect(server);
    client.request('/');
    await client.until('x', 'the first chunk');
    await within(server.close({ graceMs: 50 }), 'close()');
    expect(await client.untilEnd('the reset')).toBe('reset');
    expect(seen.environ.signal.reason).toEqual({ kind: 'shutdown' });
  });

  it('close() twice; the second one may cut short', async () => {
    const seen = new Seen();
    const server = await bench.serve(asyncApp(seen, (call) => (call ? new Promise(() => {}) : 'x')));
    const client = await bench.connect(server);
    client.request('/');
    await client.until('x', 'the first chunk');
    const first = server.close();
    await within(server.close({ graceMs: 0 }), 'the second close()');
    await within(first, 'the first close()');
  });

  it('stats count connections, requests, refusals and disconnects', async () => {
    const stream = asyncApp(new Seen(), () => aWhile(5).then(() => 'x'));
    const server = await bench.serve(routes({ '/stream': stream, '/': hello }));
    const client = await bench.connect(server);
    await client.request('/').response('the response');
    const bad = await bench.connect(server);
    await bad.send('nonsense\r\n\r\n').untilEnd('the refusal');
    bad.close();
    const gone = await bench.connect(server);
    gone.request('/stream');
    await gone.until('x', 'the stream');
    gone.reset();
    await eventually(() => server.stats().connections === 1, 'the others to go');
    const { accepted, requests, refused, disconnects } = server.stats();
    expect({ accepted, requests, disconnects }).toEqual({
      accepted: 3,
      requests: 2,
      disconnects: { 'client-reset': 1 },
    });
    expect(refused['400']).toBe(1);
  });

  it('a taken port is an error with a code', async () => {
    const server = await bench.serve(hello);
    await expect(bench.serve(hello, { port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('an application that is none is refused', async () => {
    await expect(bench.serve({ fetch: 1 } as unknown as App)).rejects.toThrow(/app must be a function/);
  });
});
