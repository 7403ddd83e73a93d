import { describe, expect, it } from 'vitest';
import type { App, Chunk, Input, StartResponse } from '../../src/gateway/types.js';
import { any, call, closing, gen, Host, iterating, ok, reading, started, starting, TEXT } from './validated.js';

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
  ['iterator results', 12, started(() => broken(null)), started(() => broken({ done: true }))],
  ['iterator results that are objects', 12, started(() => broken(7)), started(() => broken({ done: true }))],
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
    'the argument count of onGet()',
    25,
    reading((input) => call(input.onGet, 1, () => {}, 2)),
    reading((input) => call(input.onGet, 1, () => {})),
  ],
  [
    'the callback of onGet()',
    25,
    reading((input) => call(input.onGet, 1, 'no function')),
    reading((input) => call(input.onGet, 1, () => {})),
  ],
  [
    'errors.write(text)',
    34,
    started(({ errors }) => [`${errors.write(any(1))}`]),
    started(({ errors }) => [`${errors.write('1')}`]),
  ],
  [
    'the argument count of errors.write()',
    34,
    started(({ errors }) => [`${call(errors.write, '1', '2')}`]),
    started(({ errors }) => [`${call(errors.write, '1')}`]),
  ],
];

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
      expect(host.found[0]?.at).toMatch(/test\/gateway\/validat[^/]*\.ts:\d+/);
      expect(host.found[0]?.message).toMatch(/^rule \d+: expected .+, got .+/);
    }
  });

  it.each<[string, App, string]>([
    [
      'a chunk before start()',
      any(() => ['x']),
      '18: start() before the first chunk that is not empty; the string "x"',
    ],
    ['a body with 204', withStatus('204 No Content', 'x'), '23: no body with 204; the string "x"'],
    // Before the body has ended, which it may never do.
    ['a body that is too long', withLength('2', 'abc', 'd'), '22: 2 bytes; 3'],
    ['a body that is too short', withLength('4', 'abc'), '22: 4 bytes; 3 at the end of the body'],
    ['a result that is none', started(() => broken(7)), '12: an iterator result; a number (7)'],
  ])('%s: what was expected, and what came', async (_, guilty, verdict) => {
    const host = new Host();
    await host.run(guilty);
    expect(host.verdict).toBe(verdict);
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
