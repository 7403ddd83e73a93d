import { ContractError } from '../gateway/errors.js';
import type { App, Body, Chunk, CloseReason, Environ, HeaderList, StartResponse } from '../gateway/types.js';
import { validate } from '../gateway/validator.js';
import { onPlainServer, type PlainBody } from './plain-server.js';

/** Middleware in the usual shape: what is wrapped comes in, what wraps it goes out. */
export type Wrapper = (app: App) => App;

export interface MiddlewareCheckOptions {
  /** Header fields of the requests, e.g. those that make the middleware do its work. */
  readonly headers?: HeaderList;
  /** Takes back what the middleware does to a body; then what arrives is compared too. Default: it is not. */
  readonly decode?: (body: Uint8Array) => string | Promise<string>;
  /** A scenario that takes longer hangs. Default 2 s. */
  readonly deadlineMs?: number;
}

/**
 * Runs middleware between applications and hosts of many kinds, and says which rules it breaks: those of an application, those
 * of a host, and its own (rule 35): a value for each value from inside, `close()` handed on, failures and replaced start
 * functions honoured. An empty list: it conforms.
 */
export async function checkMiddleware(
  wrap: Wrapper,
  options: MiddlewareCheckOptions = {},
): Promise<readonly ContractError[]> {
  const found: ContractError[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const run = new Run(wrap, options, scenario);
    for (const error of await run.findings())
      found.push(new ContractError(error.rule, error.expected, `${error.actual} (${name})`));
  }
  return found;
}

interface Scenario {
  /** Gives the body of the application inside. */
  body(environ: Environ, start: StartResponse): Body;
  readonly method?: string;
  /** The client leaves after so many chunks that are not empty. */
  readonly leaveAfter?: number;
  /** Where the middleware must let it through. */
  readonly status?: string;
  readonly text?: string;
  readonly fails?: boolean;
}

const HEADERS: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']];
const CHUNKS = ['', 'one ', '', '', 'two ', 'three'];

const SCENARIOS: Record<string, Scenario> = {
  'a synchronous body': { body: () => sync(CHUNKS), text: 'one two three' },
  'an asynchronous body': { body: () => async(CHUNKS), text: 'one two three' },
  'an array': { body: () => ['one ', 'two'] as Body, text: 'one two' },
  'an empty body': { body: () => [], text: '' },
  'a channel': {
    body(environ, start) {
      const channel = environ.channel(start);
      for (const chunk of CHUNKS) channel.put(chunk);
      channel.finish();
      return channel;
    },
    text: 'one two three',
  },
  'a pause': {
    body(environ) {
      setTimeout(environ.pause(), 5);
      return sync(CHUNKS);
    },
    text: 'one two three',
  },
  'write() before the body': {
    body: (_environ, start) => {
      start('200 OK', HEADERS, { error: null })('zero ');
      return async(CHUNKS);
    },
    text: 'zero one two three',
  },
  'a client that leaves': { body: () => async(endless()), leaveAfter: 2 },
  'a client that leaves a synchronous body': { body: () => sync(endless()), leaveAfter: 2 },
  'HEAD: a body that is not iterated': { body: () => async(CHUNKS), method: 'HEAD', text: '' },
  'headers replaced after a failure': {
    *body(_environ, start) {
      yield '';
      start('500 Internal Server Error', HEADERS, { error: new Error('inside') });
      yield 'failed';
    },
    status: '500 Internal Server Error',
    text: 'failed',
  },
  'an error in mid-body': {
    body: () => async(failing()),
    fails: true,
  },
};

function* sync(chunks: Iterable<Chunk>): Generator<Chunk> {
  yield* chunks;
}
async function* async(chunks: Iterable<Chunk>): AsyncGenerator<Chunk> {
  for (const chunk of chunks) {
    await null;
    yield chunk;
  }
}
function* endless(): Generator<Chunk> {
  for (;;) yield 'tick ';
}
function* failing(): Generator<Chunk> {
  yield 'one ';
  throw new Error('inside');
}

/** One scenario. */
class Run {
  readonly #found: ContractError[] = [];
  readonly #closes: CloseReason[] = [];
  /** Values that the middleware asked of the application, and gave to the host. */
  #asked = 0;
  #given = 0;
  #calls = 0;
  #status = '';

  constructor(
    readonly wrap: Wrapper,
    readonly options: MiddlewareCheckOptions,
    readonly scenario: Scenario,
  ) {}

  async findings(): Promise<ContractError[]> {
    const { deadlineMs = 2000 } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, 'late');
    });
    const ended = await Promise.race([this.#drive(), late]);
    clearTimeout(timer);
    if (ended === 'late') this.#expect(false, 35, 'an end', `none within ${deadlineMs} ms`);
    const { length } = this.#closes;
    this.#expect(this.#calls === 1, 35, 'one call of the application', `${this.#calls}`);
    this.#expect(length === 1, 1, 'close() handed on, once', length ? `${length} calls` : 'no call');
    return this.#found;
  }

  #expect(ok: boolean, rule: number, expected: string, actual: string): void {
    if (!ok) this.#found.push(new ContractError(rule, expected, actual));
  }

  /** The application inside, which notes how it is treated. */
  readonly #inside: App = (environ, start) => {
    this.#calls++;
    start('200 OK', HEADERS);
    const body = this.scenario.body(environ, start);
    const close = (why: CloseReason) => {
      this.#closes.push(why);
      return body.close?.(why);
    };
    if (Symbol.iterator in body) return { [Symbol.iterator]: () => this.#watch(body[Symbol.iterator]()), close };
    return { [Symbol.asyncIterator]: () => this.#watch(body[Symbol.asyncIterator]()), close };
  };

  #watch<T extends Iterator<Chunk> | AsyncIterator<Chunk>>(inner: T): T {
    const next = () => {
      this.#asked++;
      const owed = this.#asked - 1;
      if (this.#given < owed)
        this.#expect(false, 35, `${owed} values given before value ${this.#asked} is asked for`, `${this.#given}`);
      return inner.next();
    };
    return { next, return: () => inner.return?.() ?? { done: true, value: undefined } } as T;
  }

  /** Counts what leaves the middleware. */
  readonly #counted = (app: App): App => {
    return async (environ, start) => {
      const body = await app(environ, start);
      const count = this.#countValues(body);
      return Object.assign(count, { close: (why: CloseReason) => body.close?.(why) });
    };
  };

  async *#countValues(body: Body): AsyncGenerator<Chunk> {
    for await (const chunk of body) {
      this.#given++;
      yield chunk;
    }
  }

  async #drive(): Promise<void> {
    const { method = 'GET', leaveAfter, status = '200 OK', text, fails } = this.scenario;
    const onViolation = (error: ContractError) => void this.#found.push(error);
    const wrapped = validate(this.wrap(validate(this.#inside, { onViolation })), { onViolation });
    const backoff = { firstMs: 1, factor: 1, capMs: 1, jitter: 'none' as const };
    const quiet = { info() {}, error() {} };
    const app = onPlainServer(this.#counted(wrapped), { backoff, log: quiet });
    const fields = this.options.headers ?? [];
    const body = app({ method, path: '/', headers: headersOf(fields) }, (given) => {
      this.#status = given;
    });
    const { bytes, error } = await this.#take(body, leaveAfter);
    if (leaveAfter !== undefined) {
      body.close({ kind: 'client-fin' });
      await settled(() => this.#closes.length > 0);
      const [why] = this.#closes;
      if (why) this.#expect(why.kind === 'client-fin', 11, 'the reason handed on with close()', why.kind);
      return;
    }
    body.close();
    await settled(() => this.#closes.length > 0);
    if (fails) return this.#expect(error !== null, 21, 'the error of the application', 'a whole response');
    this.#expect(error === null, 35, 'a whole response', String(error));
    this.#expect(this.#status === status, 19, `status ${status}`, this.#status || 'none');
    const { decode } = this.options;
    if (!decode || text === undefined || method === 'HEAD') return;
    const arrived = await decode(bytes);
    this.#expect(arrived === text, 35, JSON.stringify(text), JSON.stringify(arrived));
  }

  async #take(body: PlainBody, most = Number.POSITIVE_INFINITY): Promise<{ bytes: Uint8Array; error: unknown }> {
    const chunks: Uint8Array[] = [];
    let error: unknown = null;
    const iterator = body[Symbol.asyncIterator]();
    try {
      while (chunks.length < most) {
        const { done, value } = await iterator.next();
        if (done) break;
        if (value.length) chunks.push(Buffer.from(value as Uint8Array));
      }
    } catch (thrown) {
      error = thrown;
    }
    return { bytes: Buffer.concat(chunks), error };
  }
}

/** Waits for what happens a few turns later; not longer than a moment. */
async function settled(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !done(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

function headersOf(fields: HeaderList): Environ['headers'] {
  const entries = fields.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const get = (name: string) => entries.find(([each]) => each === name.toLowerCase())?.[1] ?? null;
  return { get, has: (name) => get(name) !== null, entries: () => entries.values() };
}
