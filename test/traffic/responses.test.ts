import { describe, expect, it } from 'vitest';
import type { ErrorKind } from '../../src/traffic/report.js';
import { needsAddon } from '../support/addon.js';
import { answering, get, runOne, tcpServer } from './servers.js';

needsAddon();

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Sends the answer in pieces of `size` bytes, each in its own segment, then FIN. */
const inPieces = (answer: string, size: number) =>
  tcpServer((socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (let at = 0; at < answer.length && !socket.destroyed; at += size) {
        socket.write(answer.slice(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
  });

describe('reads', () => {
  const whole: [what: string, answer: string, bodyBytes: number, chunks: number][] = [
    ['a sized body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 5, 0],
    ['an empty body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 0, 0],
    ['no body after 204', 'HTTP/1.1 204 No Content\r\n\r\n', 0, 0],
    ['no body after 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', 0, 0],
    ['chunks', `${chunked}5\r\nhello\r\n3;x=1\r\nabc\r\n0\r\n\r\n`, 8, 2],
    ['trailers', `${chunked}A\r\n0123456789\r\n0\r\nX: y\r\n\r\n`, 10, 1],
    ['names in any case', 'HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:2\r\n\r\nok', 2, 0],
    [
      'an interim answer before it',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      2,
      0,
    ],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 2, 0],
    ['a body that ends with the connection', 'HTTP/1.1 200 OK\r\n\r\nuntil the end', 13, 0],
  ];
  for (const [what, answer, bodyBytes, chunks] of whole) {
    it.each([1, 3, 1000])(`${what}, in pieces of %i`, async (size) => {
      const report = await runOne({ port: await inPieces(answer, size), rounds: 1 });
      expect(report).toMatchObject({ requests: 1, bodyBytes, chunks, bytes: answer.length });
      expect(sumOf(report.errors)).toBe(0);
    });
  }

  it('the answer to HEAD', async () => {
    const port = await answering('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n');
    const report = await runOne({ port, request: 'HEAD / HTTP/1.1\r\nHost: t\r\n\r\n', rounds: 3 });
    expect(report).toMatchObject({ requests: 3, bodyBytes: 0, connects: 1 });
  });
});

describe('counts as an error', () => {
  const broken: [what: string, answer: string, kind: ErrorKind][] = [
    ['another protocol', 'HTTQ/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'framing'],
    ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n', 'framing'],
    ['a field without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'framing'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello', 'framing'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 'framing'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 'framing'],
    ['a chunk size that is none', `${chunked};a=b\r\n\r\n`, 'framing'],
    ['a chunk size and more', `${chunked}5x\r\nhello\r\n0\r\n\r\n`, 'framing'],
    ['a chunk size beyond all bounds', `${chunked}${'f'.repeat(17)}\r\n`, 'framing'],
    ['a chunk longer than it says', `${chunked}2\r\nhello\r\n0\r\n\r\n`, 'framing'],
    ['bytes after the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay', 'framing'],
    ['a body cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', 'truncated'],
    ['chunks without their end', `${chunked}5\r\nhello\r\n`, 'truncated'],
    ['a head cut short', 'HTTP/1.1 200 OK\r\nContent', 'truncated'],
    ['no answer at all', '', 'truncated'],
    ['a bad status', 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n', 'status'],
  ];
  it.each(broken)('%s', async (_, answer, kind) => {
    const report = await runOne({ port: await inPieces(answer, 1000), rounds: 1 });
    expect(report.requests).toBe(0);
    expect(report.errors[kind]).toBe(1);
    expect(sumOf(report.errors)).toBe(1);
  });

  it('bytes that nobody asked for', async () => {
    const port = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        setTimeout(() => socket.write('HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n'), 30);
      });
    });
    const report = await runOne({ port, rounds: 2, pacing: { mode: 'closed', thinkMs: 100 } });
    expect(report).toMatchObject({ requests: 2, connects: 2 });
    expect(report.errors.framing).toBeGreaterThanOrEqual(1);
  });

  it('a reset', async () => {
    const port = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect((await runOne({ port, rounds: 1 })).errors.reset).toBe(1);
  });

  it('silence', async () => {
    const port = await tcpServer(() => {});
    expect((await runOne({ port, rounds: 1, timeoutMs: 50 })).errors.timeout).toBe(1);
  });

  it('a closed port', async () => {
    expect((await runOne({ port: 1, rounds: 2 })).errors.connect).toBe(2);
  });

  it('a status, a length or a body other than expected', async () => {
    const port = await answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    const errors = async (expectation: object) => (await runOne({ port, rounds: 1, expect: expectation })).errors;
    expect((await errors({ status: 201 })).status).toBe(1);
    expect((await errors({ bodyBytes: 6 })).integrity).toBe(1);
    expect((await errors({ bodyHash: '0123456789abcdef' })).integrity).toBe(1);
    // FNV-1a of "hello", from the published reference
    expect(sumOf(await errors({ status: 200, bodyBytes: 5, bodyHash: 'a430d84680aabd0b' }))).toBe(0);
  });
});

it('answers a batch of pipelined requests in one go', async () => {
  const port = await answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
  const report = await runOne({ port, depth: 8, rounds: 5, request: [get('/a'), get('/b')] });
  expect(report).toMatchObject({ requests: 80, sentRequests: 80, connects: 1 });
});

function sumOf(errors: Readonly<Record<ErrorKind, number>>): number {
  return Object.values(errors).reduce((a, b) => a + b, 0);
}
