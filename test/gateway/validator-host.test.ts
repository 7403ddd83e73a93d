import { describe, expect, it } from 'vitest';
import { InputBroken } from '../../src/gateway/errors.js';
import type { App, Body, Chunk, Environ, StartResponse } from '../../src/gateway/types.js';
import { validate } from '../../src/gateway/validator.js';
import { eventually } from '../support/waiting.js';
import { any, closing, DONE, gen, Host, inputOf, ok, reading, started, TEXT } from './validated.js';

function withField(value: string | null) {
  return { get: () => value, has: () => false, entries: () => [].values() };
}

/** What the environ must be. */
const PARTS: [name: string, guilty: unknown, innocent: unknown][] = [
  ['method', 'GET /', 'PROPFIND'],
  ['scriptName', '/a/', '/a'],
  ['path', '?', '*'],
  ['query', '?a', 'a?b'],
  ['protocol', 'HTTP/2', 'HTTP/1.0'],
  ['scheme', 'ftp', 'https'],
  ['serverName', undefined, 'x'],
  ['serverPort', '80', 8080],
  ['remoteAddress', null, '::1'],
  ['remotePort', 65_536, 65_535],
  ['headers', {}, withField('3')],
  ['headers', withField('3a'), withField(null)],
  ['input', {}, inputOf('')],
  ['errors', undefined, { write: () => {} }],
  ['multithread', 0, true],
  ['multiprocess', undefined, true],
  ['runOnce', '', true],
  ['inputTerminated', 1, true],
  ['signal', null, new AbortController().signal],
  ['completed', {}, Promise.resolve()],
  ['drained', undefined, async () => {}],
  ['gone', null, () => null],
  ['pause', undefined, () => () => false],
  ['channel', undefined, () => null],
  ['backoff', undefined, () => {}],
  ['interim', undefined, () => false],
  ['extensions', undefined, {}],
];

describe('rule 34: what a host may do wrong', () => {
  for (const [name, guilty, innocent] of PARTS)
    it(`environ.${name}: guilty, and innocent`, async () => {
      const accused = new Host({ [name]: guilty });
      expect(await accused.run(ok)).toMatchObject({ rule: 34 });
      const clean = new Host({ [name]: innocent });
      expect(await clean.run(ok)).toBeNull();
    });

  /** A host that drives a body by hand. */
  async function driven(drive: (body: Iterable<Chunk> & Body) => unknown, app = started(() => closing(gen('a', 'b')))) {
    const host = new Host();
    const body = (await host.call(app)) as Iterable<Chunk> & Body;
    let thrown: unknown = null;
    try {
      await drive(body);
    } catch (error) {
      thrown = error;
    }
    return { rules: host.found.map(({ rule }) => rule), thrown, host };
  }

  it('rule 2: next() after close()', async () => {
    const guilty = await driven((body) => {
      const iterator = body[Symbol.iterator]();
      void body.close?.(DONE);
      iterator.next();
    });
    expect(guilty.rules).toEqual([2]);
    const innocent = await driven((body) => {
      body[Symbol.iterator]().next();
      return body.close?.(DONE);
    });
    expect(innocent.rules).toEqual([]);
  });

  it('rule 2: next() after the end, a second iteration', async () => {
    const after = await driven((body) => {
      const iterator = body[Symbol.iterator]();
      for (let i = 0; i < 4; i++) iterator.next();
    });
    expect(after.rules).toEqual([2]);
    expect((await driven((body) => [...body, ...body])).rules).toEqual([2]);
    expect((await driven((body) => [...body])).rules).toEqual([]);
  });

  it('rule 30: two calls of next() at once', async () => {
    const app = started(async function* () {
      yield 'a';
    });
    const both = (body: Body) => {
      const iterator = (body as AsyncIterable<Chunk>)[Symbol.asyncIterator]();
      return Promise.all([iterator.next(), iterator.next()]);
    };
    expect((await driven(both, app)).rules).toEqual([30]);
    const inTurn = async (body: Body) => {
      const iterator = (body as AsyncIterable<Chunk>)[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.next();
    };
    expect((await driven(inTurn, app)).rules).toEqual([]);
  });

  it('rule 1: close() twice, or never; rule 11: its reason', async () => {
    const twice = (body: Body) => [body.close?.(DONE), body.close?.(DONE)];
    expect((await driven(twice)).rules).toEqual([1]);
    expect((await driven((body) => body.close?.(any(undefined)))).rules).toEqual([11]);
    expect((await driven((body) => body.close?.({ kind: any('bored') }))).rules).toEqual([11]);
    const never = await driven(() => {});
    never.host.completed.resolve({ reason: DONE, status: 200, bodyBytes: 0 });
    await eventually(() => never.host.found.length > 0, 'the complaint');
    expect(never.host.verdict).toBe('1: close() once the exchange is over; no call');
  });

  it('rule 34: arguments of the application, what start() returns', async () => {
    expect(() => (validate(ok) as unknown as (...args: unknown[]) => void)({})).toThrow(/app\(environ, start\)/);
    expect(() => validate(ok)(new Host().environ as never, 7 as never)).toThrow(/a start function/);
    expect(() => validate(7 as never)).toThrow(/an application/);
    for (const environ of [null, 'x', undefined])
      expect(() => validate(ok)(environ as never, () => () => true)).toThrow(/expected an environ,/);
    const host = new Host();
    host.write = undefined as never;
    expect(await host.run(ok)).toMatchObject({ rule: 34 });
  });

  it('rule 12: what write() returns; rule 5: what it throws', async () => {
    const app: App = (_environ, start) => {
      start('200 OK', TEXT)('x');
      return [];
    };
    const mute = new Host();
    mute.write = () => undefined;
    expect(await mute.run(app)).toMatchObject({ rule: 12 });
    const deaf = new Host();
    deaf.controller.abort({ kind: 'client-fin' });
    await deaf.run(app);
    expect(deaf.found.map(({ rule }) => rule)).toEqual([5]);
  });

  it('rules 18, 19: what start() throws for a failure', async () => {
    const error = new Error('the one');
    const failing = (before: Chunk) =>
      started(() => gen(before), TEXT) &&
      ((_environ: Environ, start: StartResponse) => failingBody(start, before, error));
    const run = async (before: Chunk, thrown: unknown) => {
      const host = new Host();
      host.onStart = (failure) => {
        if (failure) throw thrown;
      };
      await host.run(failing(before));
      return host.found.map(({ rule }) => rule);
    };
    expect(await run('sent', error)).toEqual([]);
    expect(await run('sent', new Error('another'))).toEqual([19]);
    expect(await run('', error)).toEqual([18]); // headers left with an empty chunk
  });

  it('rules 25, 26: what the input gives', async () => {
    const giving = async (...answers: unknown[]) => {
      const read = async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer as Uint8Array;
      };
      const host = new Host({ input: { ...inputOf(''), read } });
      await host.run(
        reading(async (input) => {
          while (answers.length) await input.read(4);
        }),
      );
      return host.found.map(({ rule }) => rule);
    };
    expect(await giving('text')).toEqual([25]);
    expect(await giving(Buffer.from('12345'))).toEqual([25]);
    expect(await giving(Buffer.from(''), Buffer.from('1'))).toEqual([25]);
    expect(await giving(new Error('ECONNRESET'))).toEqual([26]);
    expect(await giving(Buffer.from('1234'), new InputBroken({ kind: 'client-fin' }))).toEqual([]);
    expect(await giving(Buffer.from('1234'), Buffer.from(''), Buffer.from(''))).toEqual([]);
  });

  it('without onViolation, what nobody catches goes to environ.errors', async () => {
    const host = new Host();
    const body = (await validate(started(() => closing(gen())))(
      host.environ as never,
      (() => host.write) as never,
    )) as Body;
    await body.close?.(any(undefined));
    expect(host.written.join()).toMatch(/^rule 11: .* \(at .*test\/gateway\/validat[^/]*\.ts:\d+/);
  });
});

function* failingBody(start: StartResponse, before: Chunk, error: unknown) {
  start('200 OK', TEXT);
  yield before;
  start('500 No', TEXT, { error });
  yield 'x';
}
