import type { Environ } from '../gateway/types.js';

/**
 * A `Request` that is made of an environ, and made no further than it is looked at: method and URL cost nothing, headers are
 * built when touched, the body becomes a stream only when asked for as one. `instanceof Request` holds, and whatever else a
 * Request can do is done by a real one behind it.
 */
export class EnvironRequest {
  readonly #environ: Environ;
  #url: string | null = null;
  #headers: Headers | null = null;
  #real: Request | null = null;
  /** The body was read, and not through the real request. */
  #read = false;

  constructor(environ: Environ) {
    this.#environ = environ;
  }

  get method(): string {
    return this.#environ.method;
  }

  get url(): string {
    this.#url ??= urlOf(this.#environ);
    return this.#url;
  }

  get headers(): Headers {
    if (!this.#headers) {
      this.#headers = new Headers();
      for (const [name, value] of this.#environ.headers.entries()) this.#headers.append(name, value);
    }
    return this.#headers;
  }

  get signal(): AbortSignal {
    return this.#environ.signal;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#hasBody ? this.#whole().body : null;
  }

  get bodyUsed(): boolean {
    return this.#read || (this.#real?.bodyUsed ?? false);
  }

  async text(): Promise<string> {
    return this.#direct() ? UTF8.decode(await this.#environ.input.read()) : this.#whole().text();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (!this.#direct()) return this.#whole().arrayBuffer();
    const bytes = await this.#environ.input.read();
    const { buffer, byteOffset, byteLength } = bytes;
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.arrayBuffer());
  }

  async blob(): Promise<Blob> {
    return this.#whole().blob();
  }

  async formData(): Promise<FormData> {
    return this.#whole().formData();
  }

  clone(): Request {
    return this.#whole().clone();
  }

  get #hasBody(): boolean {
    return this.method !== 'GET' && this.method !== 'HEAD';
  }

  /** Whether the body may be read from the input itself; marks it as read. */
  #direct(): boolean {
    if (this.#real || this.#read || !this.#hasBody) return false;
    this.#read = true;
    return true;
  }

  /** The real request. Its body is a stream, which asks for bytes when it is asked for some (rule 36). */
  #whole(): Request {
    if (this.#real) return this.#real;
    const { method, signal } = this;
    const init: RequestInit & { duplex: 'half' } = { method, headers: this.headers, signal, duplex: 'half' };
    if (this.#hasBody) init.body = this.#read ? usedStream() : inputStream(this.#environ);
    this.#real = new Real(this.url, init);
    // A body that was read already: reading it again fails as it should.
    if (this.#read) void this.#real.text();
    return this.#real;
  }

  /** For the platform's own code, and for what this class does not know. */
  static whole(request: EnvironRequest): Request {
    return request.#whole();
  }
}

const Real = globalThis.Request;
const UTF8 = new TextDecoder();
const CHUNK_BYTES = 65_536;

/** What is left to the real request. */
const OTHERS = [
  'cache',
  'credentials',
  'destination',
  'duplex',
  'integrity',
  'keepalive',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
];

Object.setPrototypeOf(EnvironRequest.prototype, Real.prototype);
// Where the platform keeps a request's state under symbols (Node.js 20 and 22), `fetch(request)` and `new Request(request)`
// find it behind ours. Where it is private (from 24 on), they have to be told.
const SYMBOLS = Object.getOwnPropertySymbols(new Real('http://localhost/'));
for (const key of [...OTHERS, ...SYMBOLS])
  Object.defineProperty(EnvironRequest.prototype, key, {
    configurable: true,
    get(this: EnvironRequest) {
      return Reflect.get(EnvironRequest.whole(this), key);
    },
  });

const platformFetch = globalThis.fetch;

/** What the platform can make use of. */
function platformInput(input: RequestInfo | URL): RequestInfo | URL {
  return input instanceof EnvironRequest ? EnvironRequest.whole(input) : input;
}

class TellingRequest extends Real {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(platformInput(input), init);
  }
}
Object.defineProperty(TellingRequest, 'name', { value: 'Request' });
// Every Request is one, whoever made it; a subclass asks for its own.
Object.defineProperty(TellingRequest, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this === TellingRequest) return value instanceof Real;
    return Function.prototype[Symbol.hasInstance].call(this, value);
  },
});

/** Makes `fetch(request)` and `new Request(request)` take our requests, where the platform can't look into them. */
export function installRequests(needed = SYMBOLS.length === 0): void {
  if (!needed || globalThis.Request === TellingRequest) return;
  const fetch: typeof globalThis.fetch = (input, init) => platformFetch(platformInput(input), init);
  Object.defineProperty(globalThis, 'Request', { value: TellingRequest, writable: true, configurable: true });
  Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: true, configurable: true });
}

function usedStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** The request body as a stream that holds nothing back: one read of the input for each time it is asked. */
export function inputStream({ input }: Environ): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await input.read(CHUNK_BYTES);
        if (bytes.length) controller.enqueue(bytes);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

// What a URL parser would leave as it is.
const PLAIN_TARGET = /^\/[\w\-.~!$&'()*+,;=:@%/]*$/;
const PLAIN_QUERY = /^[\w\-.~!$&()*+,;=:@%/?]*$/;
const DOT_SEGMENT = /\/(?:\.|%2e)/i;
const PLAIN_HOST =
  /^(?=[a-z0-9.-]*[a-z])[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9]))*(?::(?!80$|443$)(?:[1-9]\d{0,3}|[1-5]\d{4}))?$/;
const PLAIN_ADDRESS = /^(?:127\.0\.0\.1|localhost)(?::(?!80$|443$)(?:[1-9]\d{0,3}|[1-5]\d{4}))?$/;
/** The last host that was seen to be plain: a server has few. */
let plainHost = '';

/** @throws BadRequest when host and target don't make a URL */
function urlOf(environ: Environ): string {
  const { scheme, path, query } = environ;
  const host = environ.headers.get('host') || authority(environ);
  if (host !== plainHost) {
    if (!PLAIN_ADDRESS.test(host) && !(PLAIN_HOST.test(host) && !/\.\d+(?::|$)/.test(host) && !/xn--/.test(host)))
      return parsedUrl(environ, host);
    plainHost = host;
  }
  const plain = PLAIN_TARGET.test(path) && !DOT_SEGMENT.test(path) && PLAIN_QUERY.test(query);
  if (!plain) return parsedUrl(environ, host);
  return query ? `${scheme}://${host}${path}?${query}` : `${scheme}://${host}${path}`;
}

function parsedUrl({ scheme, path, query }: Environ, host: string): string {
  // Characters that would move the border between host and path.
  if (/[\s/?#@\\]/.test(host)) throw new BadRequest('the Host field is not a host');
  try {
    return new URL(`${scheme}://${host}${path.startsWith('/') ? path : `/${path}`}${query ? `?${query}` : ''}`).href;
  } catch {
    throw new BadRequest('host and target do not make a URL');
  }
}

function authority({ serverName, serverPort }: Environ): string {
  return `${serverName.includes(':') ? `[${serverName}]` : serverName}:${serverPort}`;
}

/** A request that no Request can be made of: answered with 400. */
export class BadRequest extends TypeError {
  override readonly name = 'BadRequest';
}
