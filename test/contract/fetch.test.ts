import { expect, it } from 'vitest';
import { fromFetch } from '../../src/adapters/fetch.js';
import type { CloseReason, Completion, FetchHandler } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { field } from '../support/wire-response.js';
import { aborted } from './apps.js';
import { onEngines } from './engines.js';

onEngines('fetch handlers', (bench) => {
  const fetchApp = (handler: FetchHandler) => bench.start(fromFetch(handler));

  it('rule 36: serves an object with a fetch method; the request is a Request', async () => {
    const seen: unknown[] = [];
    const server = await bench.serve({
      fetch(request: Request) {
        seen.push(request instanceof Request, request.method, request.url, request.headers.get('x-a'));
        return new Response('hi', { status: 201, headers: { 'X-B': '2' } });
      },
    });
    const client = await bench.connect(server);
    client.request('/p?q=1', { fields: 'X-A: 1\r\nx-a: 2\r\n' });
    const response = await client.response('the response');
    expect(seen).toEqual([true, 'GET', 'http://x/p?q=1', '1, 2']);
    expect(response).toMatchObject({ status: 201, body: 'hi', framing: 'length' });
    expect(field(response, 'x-b')).toBe('2');
    expect(field(response, 'content-type')).toBe('text/plain;charset=UTF-8');
  });

  it('rule 36: request bodies: text, json, bytes, stream, and through a real Request', async () => {
    const client = await fetchApp(async (request) => {
      const how = new URL(request.url).pathname;
      if (how === '/text') return new Response(await request.text());
      if (how === '/json') return Response.json(await request.json());
      if (how === '/bytes') return new Response(await request.arrayBuffer());
      if (how === '/form') return new Response((await request.formData()).get('a') as string);
      if (how === '/clone') return new Response((await request.clone().text()) + (await request.text()));
      if (how === '/wrapped') return new Response(await new Request(request, { method: 'PUT' }).text());
      if (how === '/twice') {
        await request.text();
        return new Response(`${request.bodyUsed} ${await request.text().catch((e) => e.name)}`);
      }
      return new Response(request.body);
    });
    const post = async (path: string, body: string, type = 'text/plain') => {
      client.send(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return (await client.response(path)).body;
    };
    expect(await post('/text', 'abc')).toBe('abc');
    expect(await post('/json', '{"a":[1]}')).toBe('{"a":[1]}');
    expect(await post('/bytes', 'bytes')).toBe('bytes');
    expect(await post('/form', 'a=b+c', 'application/x-www-form-urlencoded')).toBe('b c');
    expect(await post('/clone', 'ab')).toBe('abab');
    expect(await post('/wrapped', 'put')).toBe('put');
    expect(await post('/twice', 'x')).toBe('true TypeError');
    expect(await post('/echo', 'echo')).toBe('echo');
    expect(bench.errors).toEqual([]);
  });

  it('rule 36: a proxy: the request goes to fetch(), the response comes from it', async () => {
    const back = await bench.serve(
      fromFetch(async (request) => new Response(`${request.method} ${request.url} ${await request.text()}`)),
    );
    const client = await fetchApp((request) => fetch(request));
    const host = `127.0.0.1:${back.port}`;
    client.send(`PUT /a?b HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\n\r\nabc`);
    expect((await client.response('the answer')).body).toBe(`PUT http://${host}/a?b abc`);
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await client.response('another')).body).toBe(`GET http://${host}/ `);
    expect(bench.errors).toEqual([]);
  });

  it('rules 28, 36: a request body is echoed while it comes, nothing is held back', async () => {
    const client = await fetchApp((request) => new Response(request.body));
    client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await client.until('\r\none\r\n', 'the first piece');
    client.send('3\r\ntwo\r\n');
    await client.until('\r\ntwo\r\n', 'the second piece');
    client.send('0\r\n\r\n');
    expect((await client.response('the echo')).body).toBe('onetwo');
  });

  it('rule 26: an upload that breaks off is an error of the stream, not its end', async () => {
    const seen = new Deferred<unknown>();
    const client = await fetchApp(async (request) => {
      request.text().then(seen.resolve, seen.resolve);
      return new Response(null, { status: 202 });
    });
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    await aWhile(20);
    client.reset();
    expect(await within(seen.promise, 'the read to fail')).toMatchObject({ name: 'InputBroken' });
  });

  it('rules 8, 36: signal aborts and the stream is cancelled with the reason when the client leaves', async () => {
    const cancelled = new Deferred<CloseReason>();
    const signal = new Deferred<AbortSignal>();
    const completed = new Deferred<Completion>();
    let pulls = 0;
    const client = await fetchApp((request, info) => {
      signal.resolve(request.signal);
      info.completed.then(completed.resolve);
      return new Response(
        new ReadableStream({
          pull: async (controller) => {
            pulls++;
            await aWhile(10);
            controller.enqueue(Buffer.from('tick'));
          },
          cancel: (reason) => cancelled.resolve(reason),
        }),
      );
    });
    client.request('/');
    await client.until('tick', 'a first chunk');
    const abort = aborted(await within(signal.promise, 'the request'));
    client.reset();
    expect((await within(abort, 'the signal')).kind).toBe('client-reset');
    expect((await within(cancelled.promise, 'cancel()')).kind).toBe('client-reset');
    expect((await within(completed.promise, 'completed')).reason.kind).toBe('client-reset');
    const after = pulls;
    await aWhile(60);
    expect(pulls).toBeLessThanOrEqual(after + 1); // rule 2: at most the one that was under way
    expect(bench.errors).toEqual([]);
  });

  it('rule 36: a stream that waits for its source is cancelled as well; before its first byte too', async () => {
    const cancelled: unknown[] = [];
    const idle = () => new Response(new ReadableStream({ cancel: (reason) => void cancelled.push(reason.kind) }));
    const server = await bench.serve(fromFetch(idle));
    const first = await bench.connect(server);
    first.request('/');
    await aWhile(30);
    first.fin();
    await eventually(() => cancelled.length === 1, 'cancel()');
    const head = await bench.connect(server);
    head.request('/', { method: 'HEAD' });
    expect((await head.response('the head', 'HEAD')).status).toBe(200);
    await eventually(() => cancelled.length === 2, 'cancel() after HEAD');
    expect(cancelled).toEqual(['client-fin', 'done']);
  });

  it('rules 8, 36: on success the signal never aborts, and cancel() is not called', async () => {
    const bad: string[] = [];
    const completed = new Deferred<Completion>();
    const client = await fetchApp((request, info) => {
      request.signal.addEventListener('abort', () => bad.push('abort'));
      info.completed.then(completed.resolve);
      const chunks = ['a', 'b'];
      return new Response(
        new ReadableStream({
          pull: (controller) => {
            const chunk = chunks.shift();
            if (chunk) controller.enqueue(Buffer.from(chunk));
            else controller.close();
          },
          cancel: () => void bad.push('cancel'),
        }),
      );
    });
    client.request('/');
    expect((await client.response('the response')).body).toBe('ab');
    expect((await within(completed.promise, 'completed')).bodyBytes).toBe(2);
    client.close();
    await aWhile(50);
    expect(bad).toEqual([]);
  });

  it('rules 12, 36: a slow reader stops the pulls', async () => {
    let pulls = 0;
    const client = await fetchApp(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              if (pulls++ < 2000) controller.enqueue(Buffer.alloc(16_384, 'x'));
              else controller.close();
            },
          }),
        ),
    );
    client.stall().request('/');
    await eventually(() => pulls > 1, 'the first pulls');
    let before = -1;
    while (pulls !== before) {
      before = pulls;
      await aWhile(150);
    }
    expect(pulls).toBeLessThan(2000);
    client.readOn();
    await eventually(() => client.total > 2000 * 16_384, 'the rest', 15_000);
  });

  it('rule 23: HEAD, 204 and 304 have no body, several cookies stay several', async () => {
    const client = await fetchApp((request) => {
      if (request.url.endsWith('/204')) return new Response(null, { status: 204 });
      if (request.url.endsWith('/304')) return new Response(null, { status: 304, headers: { etag: '"1"' } });
      const headers = new Headers({ Connection: 'keep-alive', 'Transfer-Encoding': 'chunked' });
      headers.append('Set-Cookie', 'a=1');
      headers.append('Set-Cookie', 'b=2');
      return new Response('body', { headers });
    });
    client.request('/', { method: 'HEAD' });
    expect(await client.response('HEAD', 'HEAD')).toMatchObject({ status: 200, body: '' });
    client.request('/204');
    expect(await client.response('204')).toMatchObject({ status: 204, framing: 'none' });
    client.request('/304');
    expect(await client.response('304')).toMatchObject({ status: 304, framing: 'none' });
    client.request('/');
    const response = await client.response('the response');
    expect(response.fields.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2']);
    expect(response).toMatchObject({ body: 'body', framing: 'length' }); // hop-by-hop fields are the gateway's
  });

  it('rule 21: what a handler throws, or returns that is no Response, is a 500; a failing stream truncates', async () => {
    const client = await fetchApp(async (request) => {
      if (request.url.endsWith('/throw')) throw new Error('no');
      if (request.url.endsWith('/wrong')) return 'text' as never;
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('part')),
          pull: () => Promise.reject(new Error('source')),
        }),
      );
    });
    client.request('/throw');
    expect((await client.response('an error')).status).toBe(500);
    client.request('/wrong');
    expect((await client.response('another')).status).toBe(500);
    client.request('/stream');
    expect((await client.response('a truncated response')).complete).toBe(false);
    expect(bench.errors).toHaveLength(3);
  });

  it('rule 36: URLs are what a URL parser makes of them; a Host that is none is refused', async () => {
    const client = await fetchApp((request) => new Response(request.url));
    const url = async (path: string, host = 'x') => {
      client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const { status, body } = await client.response(path);
      return status === 200 ? body : status;
    };
    expect(await url('/a/../b?c=d?e')).toBe('http://x/b?c=d?e');
    expect(await url('/%2e%2E/b')).toBe('http://x/b');
    expect(await url("/b?c='")).toBe('http://x/b?c=%27');
    expect(await url('/', 'Example.COM:80')).toBe('http://example.com/');
    expect(await url('/', 'example.com:8080')).toBe('http://example.com:8080/');
    expect(await url('/', '010.1')).toBe('http://8.0.0.1/');
    expect(await url('/', 'a:80')).toBe('http://a/');
    expect(await url('/', 'a:99999')).toBe(400);
  });

  it('a light Response is what a Response is', async () => {
    const response = new Response('text', { headers: [['x', ' 1 ']] });
    expect(response).toBeInstanceOf(Response);
    expect(Object.prototype.toString.call(response)).toBe('[object Response]');
    expect([response.ok, response.status, response.headers.get('x')]).toEqual([true, 200, '1']);
    const copy = response.clone();
    expect(await response.text()).toBe('text');
    expect(response.bodyUsed).toBe(true);
    expect(await copy.text()).toBe('text');
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(() => new Response('x', { status: 204 })).toThrow(TypeError);
    expect(() => new Response('x', { status: 99 })).toThrow(RangeError);
    expect(await Response.json({ a: 1 }).json()).toEqual({ a: 1 });
    expect(Response.redirect('http://x/', 303).headers.get('location')).toBe('http://x/');
    expect(await new Response(new Blob(['blob'])).text()).toBe('blob');
    expect(await new Response(new Response('inner').body, { status: 202 }).text()).toBe('inner');
    class Own extends Response {}
    expect(new Own('x')).toBeInstanceOf(Own);
    expect(response).not.toBeInstanceOf(Own);
    expect(await fetch('data:text/plain,hello')).toBeInstanceOf(Response);
  });
});
