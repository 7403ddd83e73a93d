import { expect, it } from 'vitest';
import { isWhole } from '../../src/runner/headroom.js';

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';

it.each([
  ['no head', 'HTTP/1.1 200 OK\r\nContent-Le', false],
  ['a head alone', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', false],
  ['a part of a body', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', false],
  ['a body', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc', true],
  ['chunks', chunked, false],
  ['chunks to the last', `${chunked}0\r\n\r\n`, true],
  ['a body until the connection ends', 'HTTP/1.1 200 OK\r\n\r\nabc', false],
])('an answer of %s is whole: %s', (_, text, whole) => expect(isWhole(Buffer.from(text))).toBe(whole));
