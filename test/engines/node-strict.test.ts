import { expect, test } from 'vitest';
import { faultOf, type ParsedHead, skipsWhatFollows } from '../../src/engines/node-strict.js';

const head = (url: string, fields: readonly string[] = ['Host', 'x'], more: Partial<ParsedHead> = {}) =>
  faultOf({ method: 'GET', url, httpVersionMinor: 1, rawHeaders: [...fields], ...more } as ParsedHead);
const hosted = (value: string) => head('/', ['Host', value]);
const coded = (value: string) => head('/', ['Host', 'x', 'Transfer-Encoding', value]);

test.each([
  '/',
  '/a/b;c=d?x=1&y=[2]',
  '/a%zz',
  '/?',
  '/a?b?c',
  'http://x',
  'HTTP://x:80/p',
  'http://x?q',
  'http://[::1]:8080/',
])('target %s passes', (url) => expect(head(url)).toBe(0));

test.each([
  '',
  'a',
  '*a',
  '*',
  '/a#b',
  '/a\\b',
  '/a"b',
  '/a b',
  '/\u00e4',
  'ws://x/',
  'https://x/',
  'http:///p',
  'http://u@x/',
  'http://x:99999/',
])('target %j is refused', (url) => expect(head(url)).toBe(400));

test('an asterisk is for OPTIONS', () => expect(head('*', ['Host', 'x'], { method: 'OPTIONS' })).toBe(0));

test.each(['x', 'x:', 'x:80', '1.2.3.4', '[::1]', '[::ffff:1.2.3.4]:9', 'a%20b', 'a_b'])('Host %s passes', (value) =>
  expect(hosted(value)).toBe(0),
);

test.each(['', ':80', 'x:65536', 'x:1a', 'u@x', 'x/p', 'x,y', '[::1', '[1.2.3.4]', '[fe80::1%eth0]', 'a%2'])(
  'Host %j is refused',
  (value) => expect(hosted(value)).toBe(400),
);

test('a second Host is refused, an equal one too', () => expect(head('/', ['Host', 'x', 'host', 'x'])).toBe(400));

test.each([
  ['chunked', 0],
  ['CHUNKED', 0],
  [' chunked\t', 0],
  [',chunked', 400],
  ['', 400],
  ['chunked, chunked', 400],
  ['chunked, gzip', 400],
  ['gzip', 501],
  ['gzip, chunked', 501],
] as const)('Transfer-Encoding %j: %i', (value, status) => expect(coded(value)).toBe(status));

test.each([
  [{ upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings' }, true],
  [{ upgrade: 'h2c', connection: 'keep-alive' }, false],
  [{ upgrade: 'h2c' }, false],
  [{ connection: 'upgrade' }, false],
] as const)('%o asks for an upgrade: %s', (headers, asks) => expect(skipsWhatFollows({ headers })).toBe(asks));

test('HTTP/1.0 has no transfer codings, and no expectations', () => {
  const old = { httpVersionMinor: 0 };
  expect(head('/', ['Transfer-Encoding', 'chunked'], old)).toBe(400);
  expect(head('/', ['Expect', 'wonders'], old)).toBe(0);
  expect(head('/', ['Host', 'x', 'Expect', 'wonders'])).toBe(417);
  expect(head('/', ['Host', 'x', 'Expect', '100-Continue'])).toBe(0);
});
