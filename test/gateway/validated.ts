/** A host and applications to try the validator on. */
import type { ContractError } from '../../src/gateway/errors.js';
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
import { Deferred } from '../support/waiting.js';

export const TEXT = [['Content-Type', 'text/plain']] as const;
export const DONE: CloseReason = { kind: 'done' };

/** A host that keeps every rule, unless a test makes it break one. */
export class Host {
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

export function inputOf(text: string): Input {
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

export const ok: App = (_environ, start) => {
  start('200 OK', TEXT);
  return ['body'];
};
export const started =
  (body: (environ: Environ) => unknown, headers: readonly (readonly [string, string])[] = TEXT): App =>
  (environ, start) => {
    start('200 OK', headers);
    return body(environ) as Body;
  };
export const starting =
  (...args: unknown[]): App =>
  (_environ, start) => {
    (start as (...given: unknown[]) => unknown)(...args);
    return [];
  };
export const iterating = (...chunks: unknown[]) =>
  started(function* () {
    yield* chunks;
  });
export const reading = (read: (input: Input) => unknown): App =>
  started(async function* ({ input }) {
    await read(input);
    yield 'x';
  });
export const any = (value: unknown) => value as never;
export const call = (method: unknown, ...given: unknown[]) => (method as (...all: unknown[]) => unknown)(...given);

export function* gen(...chunks: Chunk[]) {
  yield* chunks;
}
export function closing<T extends object>(body: T) {
  return Object.assign(body, { close: () => {} });
}
