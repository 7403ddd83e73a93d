import { ContractError, describe, InputBroken, InputTimeout } from './errors.js';
import type { Environ, Input } from './types.js';
import type { Verdicts } from './validator-report.js';

type Check = readonly [expected: string, ok: (value: unknown) => boolean];

const text: Check = ['a string', (value) => typeof value === 'string'];
const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const port: Check = [
  'a port number',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 65_536,
];
const method: Check = ['a function', (value) => typeof value === 'function'];
const matching = (expected: string, pattern: RegExp): Check => [
  expected,
  (value) => typeof value === 'string' && pattern.test(value),
];
const having = (...names: string[]): Check => [
  `an object with ${names.join(', ')}`,
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
];

/** What an environ must have, for the side that makes it. */
const PARTS: Record<string, Check> = {
  method: matching('a method, a token', /^[!#$%&'*+\-.^_`|~\w]+$/),
  scriptName: matching('an empty string, or a path that starts and does not end with "/"', /^(?:\/.*[^/])?$/),
  path: matching('a path that starts with "/", or "*"', /^(?:\/|\*$|[^/?#]+$)/),
  query: matching('a query without its question mark', /^(?!\?)/),
  protocol: matching('HTTP/1.0 or HTTP/1.1', /^HTTP\/1\.[01]$/),
  scheme: matching('http or https', /^https?$/),
  serverName: text,
  serverPort: port,
  remoteAddress: text,
  remotePort: port,
  headers: having('get', 'has', 'entries'),
  input: having('read', 'readline', 'readlines', 'onGet'),
  errors: having('write'),
  multithread: flag,
  multiprocess: flag,
  runOnce: flag,
  inputTerminated: flag,
  signal: ['an AbortSignal', (value) => value instanceof AbortSignal],
  completed: ['a promise', (value) => value instanceof Promise],
  drained: method,
  gone: method,
  pause: method,
  channel: method,
  backoff: method,
  interim: method,
  extensions: ['an object', (value) => typeof value === 'object' && value !== null],
};

/** Checks what the host gave to the application. */
export function checkEnviron(environ: Environ, verdicts: Verdicts): void {
  verdicts.check(typeof environ === 'object' && environ !== null, 34, 'an environ', () => describe(environ));
  const given = environ as unknown as Record<string, unknown>;
  for (const [name, [expected, ok]] of Object.entries(PARTS))
    verdicts.check(ok(given[name]), 34, `environ.${name}: ${expected}`, () => describe(given[name]));
  const length = environ.headers.get('content-length');
  verdicts.check(length === null || /^\d+$/.test(length), 34, 'a Content-Length in digits', () => describe(length));
}

/** The input, checking both who reads and what is read (rules 25 and 26). */
export function checkedInput(input: Input, verdicts: Verdicts, isOver: () => boolean): Input {
  let ended = false;
  const arrived = (data: unknown, most: number): Uint8Array => {
    verdicts.check(data instanceof Uint8Array, 25, 'a Uint8Array from the input', () => describe(data));
    const { length } = data as Uint8Array;
    verdicts.check(length <= most, 25, `at most ${most} bytes from the input`, () => `${length}`);
    verdicts.check(!ended || length === 0, 25, 'nothing after the end of file', () => `${length} bytes`);
    if (length === 0 && most > 0) ended = true;
    return data as Uint8Array;
  };
  const failed = (error: unknown): never => {
    const known = error instanceof InputBroken || error instanceof InputTimeout || error instanceof ContractError;
    if (!known) verdicts.late(26, 'InputBroken or InputTimeout from the input', describe(error));
    throw error;
  };
  type Method = (...args: never[]) => unknown;
  const called = (name: string, given: unknown[], most: number, self: Method): void => {
    const expected = most === 0 ? `${name}() without arguments` : `${name}() with at most ${most} argument(s)`;
    verdicts.check(given.length <= most, 25, expected, () => `${given.length}`, self);
    verdicts.check(!isOver(), 25, `${name}() before the response is over`, () => 'a call after it', self);
    const [count] = given;
    const counts = count === undefined || (Number.isInteger(count) && Number(count) >= 0);
    verdicts.check(counts, 25, `${name}() with a count of bytes`, () => describe(count), self);
  };
  const read = (...args: [n?: number]): Promise<Uint8Array> => {
    called('read', args, 1, read);
    return input.read(...args).then((data) => arrived(data, args[0] ?? Number.POSITIVE_INFINITY), failed);
  };
  const readline = (...args: [max?: number]): Promise<Uint8Array> => {
    called('readline', args, 1, readline);
    return input.readline(...args).then((data) => arrived(data, args[0] ?? Number.POSITIVE_INFINITY), failed);
  };
  const readlines = (...args: []): Promise<Uint8Array[]> => {
    called('readlines', args, 0, readlines);
    return input.readlines().catch(failed);
  };
  const onGet = (...args: Parameters<Input['onGet']>): void => {
    const [n, callback] = args;
    verdicts.check(args.length === 2, 25, 'onGet(n, callback)', () => `${args.length} argument(s)`, onGet);
    verdicts.check(typeof callback === 'function', 25, 'a callback', () => describe(callback), onGet);
    called('onGet', [n], 1, onGet);
    input.onGet(n, (error, data) => callback(error, error ? data : arrived(data, n)));
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const data of input) yield arrived(data, Number.POSITIVE_INFINITY);
  }
  return {
    read,
    readline,
    readlines,
    onGet,
    [Symbol.asyncIterator]: chunks,
    get state() {
      return input.state;
    },
  };
}

/** `environ.errors`: one string at a time. */
export function checkedErrors(errors: Environ['errors'], verdicts: Verdicts): Environ['errors'] {
  const write = (...args: [text: string]): void => {
    verdicts.check(args.length === 1, 34, 'errors.write(text)', () => `${args.length} argument(s)`, write);
    verdicts.check(typeof args[0] === 'string', 34, 'a string for errors.write()', () => describe(args[0]), write);
    errors.write(args[0]);
  };
  return { write };
}
