import { ContractError, describe } from './errors.js';
import type { HeaderList } from './types.js';

/** A checked status and header list, ready to be sent. */
export interface ResponseHead {
  readonly status: string;
  readonly code: number;
  readonly headers: HeaderList;
  /** The application's Content-Length, or -1. */
  readonly contentLength: number;
  /** No body may follow: 1xx, 204, 304 (RFC 9110 §6.4.1). */
  readonly bodyless: boolean;
  /** Whether the application set a Date of its own. */
  readonly dated: boolean;
  /** For the engine's use: its handle of the serialised head, 0 before there is one. */
  token: number;
  /** How often the cache gave this head out. */
  uses: number;
}

// RFC 9110 §7.6.1, RFC 9112: these speak about the connection, which is the gateway's (rule 23).
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]|^[ \t]|[ \t]$/;
const STATUS = /^[1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/;

type Caller = (...args: never[]) => unknown;

/**
 * Checks what the application passed to `start()` (rule 23).
 *
 * @param caller the function whose caller is to blame, for the error's line
 * @throws ContractError
 */
export function checkHead(status: string, headers: HeaderList, caller: Caller): ResponseHead {
  if (typeof status !== 'string' || !STATUS.test(status))
    throw new ContractError(
      23,
      'a status such as "200 OK" (three digits, a space, a reason)',
      describe(status),
      caller,
    );
  const code = Number(status.slice(0, 3));
  if (code < 200) throw new ContractError(23, 'a final status, 200 or above', describe(status), caller);
  if (!Array.isArray(headers))
    throw new ContractError(23, 'headers as an array of [name, value] pairs', describe(headers), caller);
  let contentLength = -1;
  let dated = false;
  for (const pair of headers as readonly unknown[]) {
    const { name, value } = checkField(pair, caller);
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower)) throw new ContractError(23, 'no hop-by-hop header', `"${name}"`, caller);
    if (lower === 'date') dated = true;
    if (lower !== 'content-length') continue;
    const length = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(length) || contentLength >= 0)
      throw new ContractError(23, 'one Content-Length, in digits', describe(value), caller);
    contentLength = length;
  }
  const bodyless = code === 204 || code === 304;
  if (code === 204 && contentLength >= 0)
    throw new ContractError(23, 'no Content-Length with 204 (RFC 9110 §8.6)', describe(status), caller);
  // A copy: the application may go on using its list.
  const copy = headers.map(([name, value]) => [name, value] as const);
  return { status, code, headers: copy, contentLength, bodyless, dated, token: 0, uses: 0 };
}

/**
 * Checks an interim response (rule 24).
 *
 * @throws ContractError
 */
export function checkInterim(status: string, headers: HeaderList, caller: Caller): void {
  if (typeof status !== 'string' || !STATUS.test(status) || !/^1(0[2-9]|[1-9]\d)/.test(status))
    throw new ContractError(24, 'an interim status, 102 to 199, with its reason', describe(status), caller);
  if (!Array.isArray(headers))
    throw new ContractError(24, 'headers as an array of [name, value] pairs', describe(headers), caller);
  for (const pair of headers as readonly unknown[]) {
    const lower = checkField(pair, caller).name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower === 'content-length')
      throw new ContractError(24, 'no header about connection or body in an interim response', `"${lower}"`, caller);
  }
}

function checkField(pair: unknown, caller: Caller): { name: string; value: string } {
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new ContractError(23, 'each header as a pair [name, value]', describe(pair), caller);
  const [name, value] = pair as unknown[];
  if (typeof name !== 'string' || !TOKEN.test(name))
    throw new ContractError(23, 'a header name that is a token (RFC 9110 §5.1)', describe(name), caller);
  if (typeof value !== 'string')
    throw new ContractError(23, `a string as the value of "${name}"`, describe(value), caller);
  if (FORBIDDEN_IN_VALUE.test(value))
    throw new ContractError(
      23,
      `the value of "${name}" in latin1 without control characters or surrounding space`,
      describe(value),
      caller,
    );
  return { name, value };
}

/**
 * Remembers the last few heads: a service sends the same few again and again, so most calls of `start()` only compare.
 */
export class HeadCache {
  readonly #heads: ResponseHead[] = [];
  #next = 0;

  constructor(readonly size = 8) {}

  get(status: string, headers: HeaderList, caller: Caller): ResponseHead {
    const heads = this.#heads;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i]!;
      if (head.status === status && sameFields(head.headers, headers)) {
        head.uses++;
        return head;
      }
    }
    const head = checkHead(status, headers, caller);
    heads[this.#next] = head;
    this.#next = (this.#next + 1) % this.size;
    return head;
  }
}

function sameFields(a: HeaderList, b: HeaderList): boolean {
  if (!Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i] as readonly unknown[] | null | undefined;
    if (!Array.isArray(y) || y.length !== 2 || x[0] !== y[0] || x[1] !== y[1]) return false;
  }
  return true;
}
