import { describe, expect, it } from 'vitest';
import {
  afterBody,
  afterHead,
  afterSent,
  halfClose,
  oneByteReader,
  parkedThenGone,
  slowRead,
  slowRequest,
  stall,
  vanish,
} from '../../src/faults/index.js';
import { bodyHash } from '../../src/traffic/client.js';
import { needsAddon } from '../support/addon.js';
import { answering, httpServer, runOne, tcpServer } from '../traffic/servers.js';

needsAddon();

const body = 'abcdefghij'.repeat(1000);
const head = (size: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
const expectBody = { bodyBytes: body.length, bodyHash: bodyHash(Buffer.from(body)) };

describe('half-close', () => {
  /** Answers in two parts; the second only when the first half-close is long over. */
  const patient = (after: (send: () => void) => void, second = body.slice(5000)) =>
    tcpServer((socket) => {
      socket.once('data', () => {
        socket.write(head(body.length) + body.slice(0, 5000));
        socket.on('end', () => after(() => socket.end(second)));
      });
    });

  it('still gets the whole body, byte for byte', async () => {
    const port = await patient((send) => setTimeout(send, 30));
    const report = await runOne({ port, fault: halfClose(afterBody(5000)), expect: expectBody });
    expect(report.samples[0]).toMatchObject({ outcome: 'complete', bodyBytes: 5000 });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, reason: null, bodyComplete: true, bytesAfter: 5000 });
    expect(report.requests).toBe(1);
  });

  it('notices a body that differs', async () => {
    const port = await patient((send) => send(), 'x'.repeat(5000));
    const report = await runOne({ port, fault: halfClose(afterBody(5000)), expect: expectBody });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, reason: 'body-differs', bodyComplete: false });
    expect(report.errors.integrity).toBe(1);
  });

  it('says where it was cut off', async () => {
    // node:http takes a half-close for a departure.
    const port = await httpServer((_, response) => {
      response.write('first');
      setTimeout(() => response.end('second'), 100);
    });
    const report = await runOne({ port, fault: halfClose(afterBody(5)) });
    expect(report.samples[0]).toMatchObject({ bodyBytes: 5, outcome: 'peer-fin' });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, reason: 'body-cut-off', bodyComplete: false });
  });
});

describe('stall', () => {
  it('makes the server keep what it writes', async () => {
    let kept = 0;
    const port = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write(head(50_000_000));
        socket.write(Buffer.alloc(20_000_000));
      });
      setTimeout(() => {
        kept = socket.writableLength;
      }, 200);
    });
    const report = await runOne({ port, fault: stall({ holdMs: 400, receiveBuffer: 4096 }) });
    expect(kept).toBeGreaterThan(10_000_000);
    expect(report.samples[0]).toMatchObject({ bodyBytes: 0, outcome: 'held' });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, receiveBuffer: 8192, bytesAfter: 0 });
    expect(report.samples[0]!.receipt.unreadBytes).toBeGreaterThan(0);
    if (report.samples[0]!.receipt.windowBytes !== null) expect(report.samples[0]!.receipt.zeroWindow).toBe(true);
  });

  it('stops at the exact byte', async () => {
    const port = await answering(head(body.length) + body);
    const report = await runOne({ port, fault: stall({ at: afterBody(1234), holdMs: 50 }) });
    expect(report.samples[0]).toMatchObject({ bodyBytes: 1234, wireBytes: head(body.length).length + 1234 });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, unreadBytes: body.length - 1234 });
  });

  it('is not taken for one where nothing was left to read', async () => {
    const port = await tcpServer((socket) => socket.once('data', () => socket.write(head(10))));
    const report = await runOne({ port, fault: stall({ holdMs: 50 }) });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: false, reason: 'nothing-unread' });
  });

  it('lasts until its cohort ends when it has no end of its own', async () => {
    const port = await answering(head(body.length) + body);
    const report = await runOne({ port, fault: stall(), connections: 3, durationMs: 150 });
    expect(report.receipts).toEqual({ ok: 3, failed: {} });
  });

  it('may leave after all', async () => {
    const port = await answering(head(body.length) + body);
    const report = await runOne({ port, fault: parkedThenGone('rst', 50) });
    const [parked, gone] = report.samples;
    expect(parked).toMatchObject({ action: 'stall', outcome: 'next-step', receipt: { ok: true } });
    expect(gone).toMatchObject({ action: 'rst', step: 1, outcome: 'cut', receipt: { ok: true } });
    expect(gone!.beforeNs! - parked!.afterNs!).toBeGreaterThanOrEqual(50e6);
    expect(gone!.tag).toBe(parked!.tag);
  });
});

describe('slow read', () => {
  it('takes its bytes at the pace', async () => {
    const port = await answering(head(10_000_000) + 'x'.repeat(1_000_000));
    const fault = { ...slowRead({ pace: { bytes: 1000, everyMs: 10 } }), holdMs: 300 };
    const { receipt } = (await runOne({ port, fault })).samples[0]!;
    expect(receipt).toMatchObject({ ok: true, receiveBuffer: 8192 });
    // Never more than the pace allows; how much less is the machine's affair.
    expect(receipt.bytesAfter).toBeLessThanOrEqual(31_000);
    expect(receipt.bytesAfter).toBeGreaterThanOrEqual(5_000);
  });

  it('reads one byte at a time', async () => {
    const port = await answering(head(10_000) + 'x'.repeat(10_000));
    const fault = { ...oneByteReader(2), holdMs: 100 };
    const { receipt } = (await runOne({ port, fault })).samples[0]!;
    expect(receipt.ok).toBe(true);
    expect(receipt.bytesAfter).toBeLessThanOrEqual(51);
  });

  it('is not taken for one where the server was slower', async () => {
    const port = await answering(`${head(5)}hello`);
    const report = await runOne({ port, fault: slowRead({ pace: { bytes: 100_000, everyMs: 1 } }) });
    expect(report.samples[0]).toMatchObject({ outcome: 'complete' });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: false, reason: 'never-behind' });
    expect(report.requests).toBe(1);
  });
});

describe('slow request', () => {
  it.each([
    ['head', 0],
    ['body', 60],
  ])('sends its %s a few bytes at a time, and is answered', async (_, from) => {
    const parts: number[] = [];
    const port = await httpServer((request, response) => {
      request.on('data', (data: Buffer) => parts.push(data.length));
      request.on('end', () => response.end('ok'));
    });
    const request = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 20\r\nX: ${'p'.repeat(20)}\r\n\r\n${'b'.repeat(20)}`;
    const report = await runOne({ port, request, fault: slowRequest({ bytes: 2, everyMs: 1 }, from) });
    expect(report.requests).toBe(1);
    expect(report.samples[0]!.receipt).toMatchObject({ ok: true, bytesAfter: request.length - from });
    expect(parts.reduce((a, b) => a + b, 0)).toBe(20);
  });
});

describe('vanish', () => {
  it('lets nothing in, and the server is none the wiser', async () => {
    const told: string[] = [];
    const port = await tcpServer((socket) => {
      socket.on('end', () => told.push('end'));
      socket.once('data', () => {
        socket.write(`${head(1000)}begin`);
        const more = setInterval(() => socket.write('more'), 5);
        socket.on('close', () => clearInterval(more));
        setTimeout(() => told.push('still here'), 100);
      });
    });
    const { receipt, bodyBytes } = (await runOne({ port, fault: vanish(afterBody(5), 200) })).samples[0]!;
    if (receipt.reason === 'not-permitted') return; // an unprivileged machine; the receipt says so, which is all it can
    expect(receipt).toMatchObject({ ok: true, segmentsAfter: 0, bytesAfter: 0, tcpState: 'established' });
    expect(receipt.droppedSegments).toBeGreaterThan(0);
    expect(bodyBytes).toBeGreaterThanOrEqual(5);
    expect(told).toEqual(['still here']);
  });

  it('never hears of an answer that comes later', async () => {
    const port = await tcpServer((socket) => socket.once('data', () => setTimeout(() => socket.write(head(10)), 100)));
    const fault = {
      name: 'vanish-and-send',
      steps: [
        { at: afterSent(), action: 'vanish' },
        { at: afterHead(), action: 'rst' },
      ],
      holdMs: 100,
    } as const;
    const { samples } = await runOne({ port, fault, timeoutMs: 300 });
    if (samples[0]!.receipt.reason === 'not-permitted') return;
    expect(samples[0]).toMatchObject({ outcome: 'timeout', receipt: { ok: true } });
    expect(samples[1]!.receipt).toMatchObject({ ok: false, reason: 'timed-out-first' });
  });
});
