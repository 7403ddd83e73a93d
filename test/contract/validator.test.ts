import { expect, it } from 'vitest';
import { fromFetch } from '../../src/adapters/fetch.js';
import type { ContractError } from '../../src/gateway/errors.js';
import type { App } from '../../src/gateway/types.js';
import { validate } from '../../src/gateway/validator.js';
import { aWhile, eventually } from '../support/waiting.js';
import { asyncApp, Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

onEngines('validator', (bench) => {
  const TEXT = [['Content-Type', 'text/plain']] as const;

  /** `app` under the validator, its headers completed; what was found. */
  function checked(app: App): { app: App; found: ContractError[] } {
    const found: ContractError[] = [];
    const typed: App = (environ, start) =>
      app(environ, (status, headers, failure) => start(status, headers.length ? headers : TEXT, failure));
    return { app: validate(typed, { onViolation: (error) => found.push(error), closeGraceMs: 50 }), found };
  }

  const STYLES: Record<string, () => App> = {
    array: () => (_environ, start) => {
      start('200 OK', TEXT);
      return ['abc'];
    },
    generator: () => syncApp(new Seen(), (n) => ['', 'a', 'bc'][n] ?? null),
    'async generator': () => asyncApp(new Seen(), async (n) => ['a', '', 'bc'][n] ?? null),
    write: () => (_environ, start) => {
      start('200 OK', TEXT)('a');
      return ['bc'];
    },
    channel: () => (environ, start) => {
      start('200 OK', TEXT);
      const channel = environ.channel(start);
      for (const chunk of ['a', 'bc']) channel.put(chunk);
      channel.finish();
      return channel;
    },
    pause: () => {
      const seen = new Seen();
      return syncApp(seen, (n) => {
        if (n === 0) setTimeout(seen.environ.pause(), 5);
        return ['', 'abc'][n] ?? null;
      });
    },
    echo: () => (environ, start) => {
      start('200 OK', TEXT);
      return environ.input;
    },
    fetch: () => fromFetch(async (request) => new Response((await request.text()) || 'abc')),
  };

  for (const [style, make] of Object.entries(STYLES))
    it(`rule 34: the gateway keeps the contract with an app of the style ${style}, to the end and cut short`, async () => {
      const { app, found } = checked(make());
      const client = await bench.start(app);
      client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc');
      expect(await client.response('the response')).toMatchObject({ status: 200, body: 'abc', complete: true });
      await aWhile(80); // longer than close() may take
      expect(found.map(({ message }) => message)).toEqual([]);
      const left = checked(make());
      const other = await bench.start(left.app);
      other.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na').reset();
      await aWhile(120);
      expect(left.found.map(({ message }) => message)).toEqual([]);
    });

  it('rule 34: a breach is a 500 and a log entry with rule and line', async () => {
    const client = await bench.start(
      validate((_environ, start) => {
        start('200 OK', [['Keep-Alive', 'yes']]);
        return ['x'];
      }),
    );
    client.request('/');
    expect((await client.response('an error')).status).toBe(500);
    expect(bench.errors.join()).toMatch(/validator\.test\.ts:\d+.*rule 23: expected no hop-by-hop header/);
  });

  it('rule 34: a body that was never closed by a middleware is reported', async () => {
    const { app, found } = checked(asyncApp(new Seen(), (n) => (n ? null : 'x')));
    const forgetful: App = async (environ, start) => {
      const body = await app(environ, start);
      return (async function* () {
        for await (const chunk of body) yield chunk;
      })();
    };
    const client = await bench.start((environ, start) => {
      void environ.completed;
      return forgetful(environ, start);
    });
    client.request('/');
    await client.response('the response');
    await eventually(() => found.length > 0, 'the report');
    expect(found.map(({ rule }) => rule)).toEqual([1]);
  });
});
