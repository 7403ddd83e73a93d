import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../gateway/types.js';

const Real = globalThis.Response;

type Pairs = [string, string][];
/** Bodies that need no platform Response to be sent. */
type LightBody = string | Uint8Array | ReadableStream<Uint8Array> | null;

// RFC 9110 §7.6.1: they speak about a connection, which here is the gateway's. Examples for event streams set them, and so do
// responses that were fetched from elsewhere.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A `Response` that only remembers what it was made of, until someone looks into it. A platform Response costs about as much
 * as a whole request does here, nearly all of it for a stream that nobody reads. `instanceof Response` holds both ways.
 */
export class LightResponse {
  readonly status: number;
  readonly statusText: string;
  readonly #body: LightBody;
  #pairs: Pairs;
  /** Made when touched; from then on it holds, not the pairs. */
  #headers: Headers | null = null;
  #real: Response | null = null;

  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const { status = 200, statusText = '' } = init;
    this.status = status;
    this.statusText = statusText;
    if (!plainStatus(status, statusText, body)) this.#real = new Real(body, init); // throws where it should
    if (body === null || body === undefined) this.#body = null;
    else if (typeof body === 'string' || body instanceof Uint8Array) this.#body = body;
    else if (body instanceof ArrayBuffer) this.#body = new Uint8Array(body);
    else {
      if (!(body instanceof ReadableStream) || body.locked) this.#real ??= new Real(body, init);
      this.#body = body instanceof ReadableStream ? body : null;
    }
    this.#pairs = pairsOf(this.#real ? this.#real.headers : init.headers);
    if (typeof body === 'string' && !has(this.#pairs, 'content-type'))
      this.#pairs.push(['content-type', 'text/plain;charset=UTF-8']);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  get type(): string {
    return 'default';
  }
  get url(): string {
    return '';
  }
  get redirected(): boolean {
    return false;
  }

  get headers(): Headers {
    if (!this.#headers) this.#headers = new Headers(this.#pairs);
    return this.#headers;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (!this.#real && (this.#body === null || this.#body instanceof ReadableStream)) return this.#body;
    return this.#whole().body;
  }
  get bodyUsed(): boolean {
    return this.#real !== null || this.#body instanceof ReadableStream ? this.#whole().bodyUsed : false;
  }
  async text(): Promise<string> {
    return this.#whole().text();
  }
  async json(): Promise<unknown> {
    return this.#whole().json();
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#whole().arrayBuffer();
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
  clone(): LightResponse {
    const { body } = this.#whole().clone();
    return new LightResponse(body, { status: this.status, statusText: this.statusText, headers: this.headers });
  }

  #whole(): Response {
    const { status, statusText, headers } = this;
    this.#real ??= new Real(this.#body as BodyInit | null, { status, statusText, headers });
    return this.#real;
  }

  static json(data: unknown, init: ResponseInit = {}): LightResponse {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('the value has no JSON form');
    const headers = pairsOf(init.headers);
    if (!has(headers, 'content-type')) headers.push(['content-type', 'application/json']);
    return new LightResponse(text, { ...init, headers });
  }

  /** For the platform's own code. */
  static whole(response: LightResponse): Response {
    return response.#whole();
  }

  /** @returns null for a response that the platform made */
  static parts(response: object): ResponseParts | null {
    if (!(#pairs in response)) return null;
    const body = response.#real ? response.#real.body : response.#body;
    return { status: response.status, statusText: response.statusText, headers: sendable(response.#list()), body };
  }

  #list(): Pairs {
    return this.#headers ? [...this.#headers] : this.#pairs;
  }
}

Object.defineProperty(LightResponse, 'name', { value: 'Response' });
Object.setPrototypeOf(LightResponse, Real);
Object.setPrototypeOf(LightResponse.prototype, Real.prototype);
// Responses that the platform made are Responses as well; a subclass asks for its own.
Object.defineProperty(LightResponse, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this === LightResponse) return value instanceof Real;
    return Function.prototype[Symbol.hasInstance].call(this, value);
  },
});
for (const key of Object.getOwnPropertySymbols(new Real()))
  Object.defineProperty(LightResponse.prototype, key, {
    configurable: true,
    get(this: LightResponse) {
      return Reflect.get(LightResponse.whole(this), key);
    },
  });

/** Makes `new Response()` cheap in the whole process. */
export function installLightResponse(): void {
  Object.defineProperty(globalThis, 'Response', { value: LightResponse, writable: true, configurable: true });
}

/** What is sent of a response. */
export interface ResponseParts {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly body: LightBody;
}

/** @throws TypeError for anything but a Response */
export function partsOf(response: Response): ResponseParts {
  if (typeof response !== 'object' || response === null || !(response instanceof Real))
    throw new TypeError(`a fetch handler must return a Response, got ${typeof response}`);
  const light = LightResponse.parts(response);
  if (light) return light;
  const { status, statusText, body } = response;
  return { status, statusText, headers: sendable(fetched(response)), body };
}

/** The platform has decoded what it fetched: the header fields of the coded form don't hold for it. */
function fetched({ url, headers }: Response): Pairs {
  const pairs = [...headers];
  if (!url || !headers.has('content-encoding')) return pairs;
  return pairs.filter(([name]) => name !== 'content-encoding' && name !== 'content-length');
}

function sendable(pairs: Pairs): HeaderList {
  for (const [name] of pairs) if (HOP_BY_HOP.has(name.toLowerCase())) return pairs.filter(endToEnd);
  return pairs;
}

function endToEnd([name]: [string, string]): boolean {
  return !HOP_BY_HOP.has(name.toLowerCase());
}

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a platform Response would take it. */
function plainStatus(status: number, statusText: string, body: unknown): boolean {
  if (!Number.isInteger(status) || status < 200 || status > 599 || !REASON.test(statusText)) return false;
  return body === null || body === undefined || (status !== 204 && status !== 205 && status !== 304);
}

/** A copy: the list given may be changed later. */
function pairsOf(headers: HeadersInit | undefined): Pairs {
  if (headers === undefined || headers === null) return [];
  if (headers instanceof Headers) return [...headers];
  const given = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return given.map(([name, value]) => [String(name), trimmed(String(value))]);
}

/** As Headers would (Fetch, "normalize"). */
function trimmed(value: string): string {
  return value.charCodeAt(0) <= 32 || value.charCodeAt(value.length - 1) <= 32 ? value.trim() : value;
}

function has(pairs: Pairs, wanted: string): boolean {
  for (const [name] of pairs) if (name.length === wanted.length && name.toLowerCase() === wanted) return true;
  return false;
}

const lines: string[] = [];

/** `200 OK` */
export function statusLine(status: number, statusText: string): string {
  if (statusText) return `${status} ${statusText}`;
  lines[status] ??= `${status} ${STATUS_CODES[status] ?? ''}`;
  return lines[status];
}
