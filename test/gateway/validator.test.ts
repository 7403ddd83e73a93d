import { describe, expect, it } from 'vitest';
import { type ContractError, InputBroken } from '../../src/gateway/errors.js';
import type {
  App,
  Body,
  Chunk,
  CloseReason,
  Completion,
  Environ,
  Input,
  StartResponse,
} from '../../src/gateway/types.js';
import { validate } from '../../src/gateway/validator.js';
import { Deferred, eventually } from '../support/waiting.js';

const TEXT = [['Content-Type', 'text/plain']] as const;
const DONE: CloseReason = { kind: 'done' };

/** A host that keeps every rule, unless a test makes it break one. */
class Host {
  readonly found: ContractError[] = [];
  readonly written: string[] = [];
  readonly controller = new AbortController();
  readonly completed = new Deferred<Completion>();
  /** What start() does beside returning write(). */
  onStart: (failure?: { error: unknown }) => void = () => {};
  write: (chunk: Chunk) => unknown = () => true;
  environ: Record<string, unknown>;

  constructor(changes: Record<string, unknown> = {}) {
    this.environ = {
      method: 'GET',
      scriptName: '',
      path: '/',
      query: '',
      protocol: 'HTTP/1.1',
      scheme: 'http',
      serverName: 'localhost',
      serverPort: 80,
      remoteAddress: '127.0.0.1',
      remotePort: 4711,
      headers: { get: () => null, has: () => false, entries: () => [].values() },
      input: inputOf('abc'),
      errors: { write: (text: string) => void this.written.push(text) },
      multithread: false,
      multiprocess: false,
      runOnce: false,
      inputTerminated: true,
      signal: this.controller.signal,
      completed: this.completed.promise,
      drained: async () => {},
      gone: () => null,
      pause: () => () => true,
      channel: () => null,
      backoff: () => {},
      interim: () => false,
      extensions: {},
      ...changes,
    };
  }

  call(app: App): Body | Promise<Body> {
    const start: StartResponse = (_status, _headers, failure) => {
      this.onStart(failure);
      return this.write as never;
    };
    const checked = validate(app, { onViolation: (error) => this.found.push(error), closeGraceMs: 1 });
    return checked(this.environ as unknown as Environ, start);
  }

  /** Calls, iterates, closes. @returns what was thrown */
  async run(app: App): Promise<unknown> {
    try {
      const body = await this.call(app);
      try {
        for await (const _ of body) {
          // what it sends is of no interest
        }
      } finally {
        await body.close?.(DONE);
      }
    } catch (error) {
      return error;
    }
    return null;
  }

  get verdict(): string {
    return this.found.map(({ rule, expected, actual }) => `${rule}: ${expected}; ${actual}`).join(' | ');
  }
}

function inputOf(text: string): Input {
  let left = Buffer.from(text);
  const take = async (n = left.length): Promise<Uint8Array> => {
    const data = left.subarray(0, n);
    left = left.subarray(data.length);
    return data;
  };
  return {
    read: take,
    readline: take,
    readlines: async () => [await take()],
    onGet: (n, callback) => void take(n).then((data) => callback(null, data)),
    state: 'open',
    async *[Symbol.asyncIterator]() {
      yield await take();
    },
  };
}

const ok: App = (_environ, start) => {
  start('200 OK', TEXT);
  return ['body'];
};
const started =
  (body: (environ: Environ) => unknown, headers: readonly (readonly [string, string])[] = TEXT): App =>
  (environ, start) => {
    start('200 OK', headers);
    return body(environ) as Body;
  };
const starting =
  (...args: unknown[]): App =>
  (_environ, start) => {
    (start as (...given: unknown[]) => unknown)(...args);
    return [];
  };
const iterating = (...chunks: unknown[]) =>
  started(function* () {
    yield* chunks;
  });
const reading = (read: (input: Input) => unknown): App =>
  started(async function* ({ input }) {
    await read(input);
    yield 'x';
  });
const any = (value: unknown) => value as never;
const call = (method: unknown, ...given: unknown[]) => (method as (...all: unknown[]) => unknown)(...given);

/** What the application may do wrong: rule, what is done, and the same done right. */
const APPS: [title: string, rule: number, guilty: App, innocent: App][] = [
  ['argument count of start()', 18, starting('200 OK'), starting('200 OK', [])],
  ['status syntax', 23, starting('200', []), starting('200 ', [])],
  ['a final status', 23, starting('100 Continue', []), starting('204 No Content', [])],
  ['type of the header list', 23, starting('200 OK', {}), starting('200 OK', [])],
  ['header pairs', 23, starting('200 OK', [['a']]), starting('200 OK', [['a', '1']])],
  ['header names', 23, starting('200 OK', [['a b', '1']]), starting('200 OK', [['a-b', '1']])],
  ['header values', 23, starting('200 OK', [['a', '1\n2']]), starting('200 OK', [['a', '1 2']])],
  ['hop-by-hop headers', 23, starting('200 OK', [['Connection', 'close']]), starting('200 OK', [['Link', 'close']])],
  ['the Status header', 23, starting('200 OK', [['Status', '200']]), starting('200 OK', [['X-Status', '200']])],
  [
    'one Content-Type',
    23,
    starting('200 OK', [...TEXT, ...TEXT]),
    starting('200 OK', [...TEXT, ['Content-Language', 'en']]),
  ],
  ['no Content-Type without a body', 23, starting('304 Not Modified', TEXT), starting('304 Not Modified', [])],
  ['a Content-Type with a body', 23, started(() => ['x'], []), started(() => [''], [])],
  ['the failure argument', 19, starting('200 OK', [], new Error('x')), starting('200 OK', [], { error: 1 })],
  [
    'start() once',
    19,
    (_environ, start) => {
      start('200 OK', TEXT);
      start('200 OK', TEXT);
      return [];
    },
    (_environ, start) => {
      start('200 OK', TEXT);
      start('500 No', TEXT, { error: new Error('x') });
      return ['x'];
    },
  ],
  ['start() before the first chunk', 18, any(() => ['x']), ok],
  ['start() before the end', 18, any(() => []), starting('200 OK', [])],
  ['start() at the first iteration, at the latest', 18, any(() => gen('', 'x')), (_environ, start) => late(start)],
  ['a string as body', 12, started(() => 'body'), started(() => ['body'])],
  ['bytes as body', 12, started(() => Buffer.from('body')), started(() => [Buffer.from('body')])],
  ['no body', 12, started(() => undefined), started(() => [])],
  ['chunk types', 12, iterating('a', 7), iterating('a', Buffer.from('7'))],
  ['chunk types in an array', 12, started(() => ['a', null]), started(() => ['a', ''])],
  ['iterator results', 12, started(() => broken(7)), started(() => broken({ done: true }))],
  ['close is a function', 1, started(() => Object.assign(gen('x'), { close: 1 })), started(() => closing(gen('x')))],
  ['no body with 204', 23, withStatus('204 No Content', 'x'), withStatus('204 No Content', '')],
  ['Content-Length too small', 22, withLength('2', 'abc'), withLength('3', 'abc')],
  ['Content-Length too great', 22, withLength('4', 'abc'), withLength('3', 'a', 'bc')],
  [
    'write() from inside the iterable',
    20,
    (_environ, start) => writing(start('200 OK', TEXT)),
    (_environ, start) => {
      start('200 OK', TEXT)('x');
      return gen('y');
    },
  ],
  [
    'the argument of write()',
    12,
    (_e, s) => [String(s('200 OK', TEXT)(any(1)))],
    (_e, s) => [`${s('200 OK', TEXT)('1')}`],
  ],
  [
    'the argument count of write()',
    20,
    (_e, s) => [`${(s('200 OK', TEXT) as (...all: unknown[]) => unknown)('a', 'b')}`],
    (_e, s) => [`${s('200 OK', TEXT)('a')}`],
  ],
  ['read(n) with a count', 25, reading((input) => input.read(-1)), reading((input) => input.read(1))],
  ['read() with one argument', 25, reading((input) => call(input.read, 1, 2)), reading((input) => input.read())],
  ['readline(max)', 25, reading((input) => input.readline(any('9'))), reading((input) => input.readline(9))],
  ['readlines()', 25, reading((input) => call(input.readlines, 1)), reading((input) => input.readlines())],
  ['onGet(n, callback)', 25, reading((input) => call(input.onGet, 1)), reading((input) => input.onGet(1, () => {}))],
  [
    'errors.write(text)',
    34,
    started(({ errors }) => [`${errors.write(any(1))}`]),
    started(({ errors }) => [`${errors.write('1')}`]),
  ],
];

function* gen(...chunks: Chunk[]) {
  yield* chunks;
}
function* late(start: StartResponse) {
  yield '';
  start('200 OK', TEXT);
  yield 'x';
}
function* writing(write: (chunk: Chunk) => boolean) {
  write('x');
  yield 'y';
}
function broken(result: unknown) {
  return { [Symbol.iterator]: () => ({ next: () => result }) };
}
function closing<T extends object>(body: T) {
  return Object.assign(body, { close: () => {} });
}
function withStatus(status: string, ...chunks: Chunk[]): App {
  return (_environ, start) => {
    start(status, []);
    return gen(...chunks);
  };
}
function withLength(length: string, ...chunks: Chunk[]): App {
  return started(() => gen(...chunks), [...TEXT, ['Content-Length', length]]);
}

describe('rule 34: what an application may do wrong', () => {
  for (const [title, rule, guilty, innocent] of APPS) {
    it(`${title}: guilty of rule ${rule}, and innocent`, async () => {
      const accused = new Host();
      const thrown = await accused.run(guilty);
      expect(accused.found.map((error) => error.rule)).toEqual([rule]);
      expect(thrown).toBe(accused.found[0]);
      const clean = new Host();
      expect(await clean.run(innocent)).toBeNull();
      expect(clean.verdict).toBe('');
    });
  }

  it('a breach names the line: of the call, or of start() where nobody calls', async () => {
    for (const app of [starting('200', []), iterating('a', 7), reading((input) => input.read(-1))]) {
      const host = new Host();
      await host.run(app);
      expect(host.found[0]?.at).toMatch(/validator\.test\.ts:\d+/);
      expect(host.found[0]?.message).toMatch(/^rule \d+: expected .+, got .+/);
    }
  });

  it('rule 25: input after the response is over', async () => {
    const host = new Host();
    let input!: Input;
    await host.run(
      started((environ) => {
        ({ input } = environ);
        return gen('x');
      }),
    );
    expect(() => input.read(1)).toThrow(/rule 25/);
  });

  it('HEAD needs no body of the length announced', async () => {
    const host = new Host({ method: 'HEAD' });
    expect(await host.run(withLength('10'))).toBeNull();
  });
});

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
    expect(host.written.join()).toMatch(/^rule 11: .* \(at .*validator\.test\.ts/);
  });
});

function* failingBody(start: StartResponse, before: Chunk, error: unknown) {
  start('200 OK', TEXT);
  yield before;
  start('500 No', TEXT, { error });
  yield 'x';
}
