import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** What is asked of a request whose head node:http has let pass. */
export type ParsedHead = Pick<IncomingMessage, 'method' | 'url' | 'httpVersionMinor' | 'rawHeaders'>;

// The sets of native/engine/char_class.h: RFC 3986 §3.3 and §3.4, and what browsers leave raw all the same.
const PATH = /^(?:\/[\w\-.~!$&'()*+,;=:@/%[\]{}|^`]*)?(?:\?[\w\-.~!$&'()*+,;=:@/%[\]{}|^`?]*)?$/;
const ABSOLUTE = /^http:\/\/([^/?]*)(.*)$/is;
const AUTHORITY = /^(\[[\da-f:.]+\]|(?:[\w\-.~!$&'()*+;=]|%[\da-f]{2})+)(?::(\d*))?$/i;
const TOKEN = /^[\w!#$%&'*+\-.^`|~]+$/;

/**
 * What the native engine's parser refuses and node:http does not (RFC 9112 §3.2, RFC 9110 §7.2): judged before the
 * application sees the request. What can't be told from a parsed head is tabled in docs/limits.md.
 *
 * @returns the status of the refusal, or 0
 */
export function faultOf(head: ParsedHead): 0 | 400 | 417 | 501 {
  const { method, url = '', rawHeaders } = head;
  if (!isTarget(url, method)) return 400;
  let hosts = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    // Most names are told by their length: none of these three.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (++hosts > 1 || !isAuthority(value)) return 400;
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      const fault = head.httpVersionMinor === 0 ? 400 : faultOfCodings(value);
      if (fault) return fault;
    } else if (name.length === 6 && name.toLowerCase() === 'expect') {
      if (head.httpVersionMinor > 0 && value.toLowerCase() !== '100-continue') return 417;
    }
  }
  return 0;
}

/**
 * Whether node:http skips bytes behind this request: where it asks for an upgrade (RFC 9110 §7.8) and nobody listens for that, what came
 * with it is dropped, or its first byte alone, and the rest read as a request that nobody sent. So it has to be the last of its connection.
 */
export function skipsWhatFollows({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

/** `chunked`, once and alone; a list is read to tell a coding that is not known from nonsense. */
function faultOfCodings(value: string): 0 | 400 | 501 {
  const codings = value.split(',').map((each) => each.trim().toLowerCase());
  if (!codings.every((each) => TOKEN.test(each)) || codings.slice(0, -1).includes('chunked')) return 400;
  return codings.every((each) => each === 'chunked') ? 0 : 501;
}

function isTarget(url: string, method: string | undefined): boolean {
  if (url.startsWith('*')) return url === '*' && method === 'OPTIONS';
  if (url.startsWith('/')) return PATH.test(url);
  const [, authority, path] = ABSOLUTE.exec(url) ?? [];
  return authority !== undefined && isAuthority(authority) && PATH.test(path!);
}

function isAuthority(text: string): boolean {
  const [, host, port] = AUTHORITY.exec(text) ?? [];
  if (host === undefined || (port && Number(port) > 65_535)) return false;
  return !host.startsWith('[') || isIPv6(host.slice(1, -1));
}
