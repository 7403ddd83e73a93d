import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { toMiddleware, toNodeListener } from '../../src/adapters/node-listener.js';
import type { App, Environ } from '../../src/gateway/types.js';
import { aborted, asyncApp, hello, Seen } from '../contract/apps.js';
import { RawClient } from '../support/raw-client.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { field } from '../support/wire-response.js';

const log = { infos: [] as string[], errors: [] as string[] };
const options = {
  log: { info: (m: string) => void log.infos.push(m), error: (m: string) => void log.errors.push(m) },
};
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
  log.infos.length = log.errors.length = 0;
});

async function connect(server: http.Server): Promise<RawClient> {
  if (!server.listening) {
    await within(new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve())), 'listening');
    undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const client = await RawClient.connect((server.address() as AddressInfo).port);
  undo.push(() => client.socket.destroy());
  return client;
}

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const echo: App = async (environ, start) => {
  const body = await environ.input.read();
  start('200 OK', []);
  return [`${environ.scriptName}|${environ.path}|${environ.query}|${Buffer.from(body)}`];
};

describe('rule 37: as a listener of node:http', () => {
  it('serves several requests on a connection, with bodies both ways', async () => {
    const client = await connect(http.createServer(toNodeListener(echo, options)));
    client.send(post('/a?b=1', '{}') + post('/c', '12'));
    expect(await client.response('the first')).toMatchObject({ status: 200, body: '|/a|b=1|{}', framing: 'length' });
    expect((await client.response('the second')).body).toBe('|/c||12');
    expect(log.errors).toEqual([]);
  });

  it('says the truth about server and client', async () => {
    let environ!: Environ;
    const app: App = (e, start) => {
      environ = e;
      return hello(e, start);
    };
    const client = await connect(http.createServer(toNodeListener(app, options)));
    client.request('/');
    await client.response('the response');
    expect([environ.scheme, environ.serverPort]).toEqual(['http', client.socket.remotePort]);
    expect([environ.remoteAddress, environ.remotePort]).toEqual(['127.0.0.1', client.socket.localPort]);
  });

  for (const [cut, kind] of [['fin', 'client-fin'] as const, ['reset', 'client-reset'] as const])
    it(`rules 1, 4: a ${cut} in an idle stream aborts and closes once`, async () => {
      const seen = new Seen();
      const client = await connect(
        http.createServer(
          toNodeListener(
            asyncApp(seen, (n) => (n === 0 ? 'first' : new Promise(() => {}))),
            options,
          ),
        ),
      );
      client.request('/');
      await client.until('first', 'a chunk');
      const abort = aborted(seen.environ.signal);
      client[cut]();
      expect((await within(abort, 'the signal')).kind).toBe(kind);
      await eventually(() => seen.closes.length > 0, 'close()');
      await aWhile(30);
      expect(seen.closedBy).toBe(kind);
    });

  it('rule 12: a slow reader stops the body', async () => {
    const seen = new Seen();
    const big = 'x'.repeat(16_384);
    const app = asyncApp(seen, (n) => (n < 2000 ? big : null));
    const client = await connect(http.createServer(toNodeListener(app, options)));
    client.stall().request('/');
    let before = -1;
    while (seen.asked !== before || before < 1) {
      before = seen.asked;
      await aWhile(150);
    }
    expect(seen.asked).toBeLessThan(2000);
    client.readOn();
    await eventually(() => client.total > 2000 * big.length, 'the rest');
  });

  it('rule 21: an error is a 500; a body above the limit a 413', async () => {
    const app: App = () => {
      throw new Error('no');
    };
    const client = await connect(http.createServer(toNodeListener(app, { ...options, maxBodyBytes: 4 })));
    client.request('/');
    expect((await client.response('an error')).status).toBe(500);
    client.send(post('/', '12345'));
    expect((await client.response('a refusal')).status).toBe(413);
  });

  it('refuses wrong arguments', () => {
    expect(() => toNodeListener(7 as never)).toThrow(/app must be a function/);
    expect(() => toNodeListener(hello, { turnChunks: 0 })).toThrow(/turnChunks/);
  });
});

describe('rule 37: as Express middleware', () => {
  it('sees where it is mounted; headers set before it are kept; what is not its own goes on', async () => {
    const site = express();
    site.use((_request, response, next) => {
      response.setHeader('X-Before', 'yes');
      setTimeout(next, 5);
    });
    site.use('/mount', toMiddleware(echo, options));
    site.get('/other', (_request, response) => void response.send('express'));
    const client = await connect(http.createServer(site));
    client.send(post('/mount/p?q', 'body'));
    const response = await client.response('the response');
    expect(response.body).toBe('/mount|/p|q|body');
    expect(field(response, 'x-before')).toBe('yes');
    client.request('/other');
    expect((await client.response("Express's own")).body).toBe('express');
    client.request('/mount');
    expect((await client.response('the mount point')).body).toBe('/mount|/||');
  });

  it('rule 26: a body that a parser took before is no end of file', async () => {
    const seen = new Deferred<unknown>();
    const app: App = (environ, start) => {
      environ.input.read().then(seen.resolve, seen.resolve);
      return hello(environ, start);
    };
    const site = express().use(express.json()).use(toMiddleware(app, options));
    const client = await connect(http.createServer(site));
    client.send(post('/', '{}'));
    expect(await within(seen.promise, 'the read')).toMatchObject({ name: 'InputBroken' });
    expect(log.errors.join()).toContain('has read');
  });

  it('a client that left before the turn of the application is not served', async () => {
    const seen = new Seen();
    const gate = new Deferred();
    const arrived = new Deferred();
    const site = express().use((_request, _response, next) => {
      arrived.resolve();
      void gate.promise.then(() => next());
    });
    site.use(
      toMiddleware(
        asyncApp(seen, () => 'x'),
        options,
      ),
    );
    const client = await connect(http.createServer(site));
    client.request('/');
    await within(arrived.promise, 'the request');
    client.reset();
    await aWhile(50);
    gate.resolve();
    await aWhile(50);
    expect(seen.asked).toBe(0);
  });
});

describe('rule 37: in Fastify', () => {
  it('as a hijacked reply: bodies both ways, disconnects', async () => {
    const seen = new Seen();
    const serve = toMiddleware((environ, start) => {
      if (environ.path === '/echo') return echo(environ, start);
      return asyncApp(seen, (n) => (n === 0 ? 'first' : new Promise(() => {})))(environ, start);
    }, options);
    const site = fastify();
    site.addHook('onRequest', (request, reply, done) => {
      if (!request.url.startsWith('/fastify')) {
        reply.hijack();
        serve(request.raw, reply.raw);
      } else done();
    });
    site.all('/*', async () => 'own');
    await site.listen({ port: 0, host: '127.0.0.1' });
    undo.push(() => site.close());
    const client = await connect(site.server);
    client.send(post('/echo', 'body'));
    expect((await client.response('the echo')).body).toBe('|/echo||body');
    client.request('/fastify');
    expect((await client.response("Fastify's own")).body).toBe('own');
    client.request('/stream');
    await client.until('first', 'a chunk');
    client.reset();
    await eventually(() => seen.closes.length > 0, 'close()');
    expect(seen.closedBy).toBe('client-reset');
  });
});
