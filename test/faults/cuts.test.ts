import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  afterChunks,
  afterEnd,
  afterHead,
  afterSent,
  brokenUpload,
  deadOnArrival,
  type Fault,
  fin,
  finUnread,
  lateFin,
  rst,
  whenUnread,
} from '../../src/faults/index.js';
import { needsAddon } from '../support/addon.js';
import { get, runOne, tcpServer, within } from '../traffic/servers.js';

needsAddon();

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = '5\r\nhello\r\n';
const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

/** What a server sees of one connection: `end` (FIN) or an error's code, and what it was sent until then. */
async function seenBy(answer: (socket: Socket) => void, fault: Fault, request = get()) {
  let tell: (seen: string) => void = () => {};
  const farewell = new Promise<string>((resolve) => {
    tell = resolve;
  });
  let received = '';
  let readNs = Number.POSITIVE_INFINITY;
  const port = await tcpServer((socket) => {
    let answered = false;
    socket.on('data', (data) => {
      received += data.toString('latin1');
      readNs = Math.min(readNs, Number(process.hrtime.bigint()));
      if (!answered && received.includes('\r\n\r\n')) {
        answered = true;
        answer(socket);
      }
    });
    socket.on('end', () => tell('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => tell(error.code ?? error.message));
  });
  const report = await runOne({ port, fault, request });
  const sample = report.samples.at(-1)!;
  return { seen: await within('the server sees it', 2000, farewell), report, sample, received, readNs };
}

/**
 * As `seenBy`, of a reset that comes some time after the last byte was sent. libuv may tell a reset that it meets in the
 * turn of the last data as the end of the stream, so only a server that had read before the cut is evidence: asked
 * again with more time, should the server have slept.
 */
async function resetOnceRead(fault: (delayMs: number) => Fault, request = get()) {
  for (const delayMs of [10, 50, 250, 1000]) {
    const result = await seenBy(() => {}, fault(delayMs), request);
    if (result.readNs < result.sample.beforeNs!) return result;
  }
  throw new Error('the server never read before it was cut');
}

describe('fin', () => {
  it('reaches the server as the end of the stream, with nothing left unread', async () => {
    const { seen, sample } = await seenBy((socket) => socket.write(head + chunk.repeat(3)), fin(afterChunks(3)));
    expect(seen).toBe('end');
    expect(sample).toMatchObject({ action: 'fin', chunks: 3, bodyBytes: 15, status: 200, outcome: 'cut' });
    expect(sample.receipt).toMatchObject({ ok: true, reason: null, unreadBytes: 0 });
    expect(['fin-wait-1', 'fin-wait-2']).toContain(sample.receipt.tcpState);
  });

  it('has its times in order', async () => {
    const before = process.hrtime.bigint();
    const { sample } = await seenBy((socket) => socket.write(head + chunk), fin(afterChunks(1, { delayMs: 5 })));
    const times = [
      Number(before),
      sample.connectNs,
      sample.startNs,
      sample.sentNs,
      sample.firstByteNs,
      sample.pointNs,
      sample.beforeNs,
      sample.afterNs,
      Number(process.hrtime.bigint()),
    ];
    expect(times).not.toContain(null);
    expect(times).toEqual([...times].sort((a, b) => a! - b!));
    expect(sample.beforeNs! - sample.pointNs!).toBeGreaterThanOrEqual(5e6);
  });

  it('says so when the response ended first', async () => {
    const { sample, report } = await seenBy((socket) => socket.write(whole), fin(afterChunks(1)));
    expect(sample.receipt).toMatchObject({ ok: false, reason: 'response-ended-first' });
    expect(sample.beforeNs).toBeNull();
    expect(report.receipts).toEqual({ ok: 0, failed: { 'response-ended-first': 1 } });
  });

  it('says so when the server left first', async () => {
    const { sample } = await seenBy((socket) => socket.end(head + chunk), fin(afterChunks(2)));
    expect(sample.receipt).toMatchObject({ ok: false, reason: 'peer-closed-first' });
  });

  it('says so when nobody listens', async () => {
    const report = await runOne({ port: 1, fault: fin(afterHead()) });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: false, reason: 'connect-failed' });
    expect(report.errors.connect).toBe(1);
  });

  it('says so when nothing came in time', async () => {
    const port = await tcpServer(() => {});
    const report = await runOne({ port, fault: fin(afterHead()), timeoutMs: 100 });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: false, reason: 'timed-out-first' });
    expect(report.errors.timeout).toBe(1);
  });
});

describe('fin after a stall', () => {
  it('reads first what came meanwhile, or it would be a reset', async () => {
    const fault: Fault = {
      name: 'stall-then-fin',
      steps: [
        { at: afterHead(), action: 'stall' },
        { at: whenUnread(500), action: 'fin' },
      ],
    };
    const { seen, sample } = await seenBy((socket) => socket.write(head + chunk.repeat(100)), fault);
    expect(seen).toBe('end');
    expect(sample).toMatchObject({ action: 'fin', bodyBytes: 500, receipt: { ok: true, unreadBytes: 0 } });
  });
});

describe('rst', () => {
  it('reaches the server as ECONNRESET', async () => {
    const { seen, sample } = await seenBy((socket) => socket.write(head + chunk), rst(afterChunks(1)));
    expect(seen).toBe('ECONNRESET');
    expect(sample.receipt).toMatchObject({ ok: true, tcpState: 'established' });
  });

  it('strikes before the first byte', async () => {
    const { seen, sample } = await resetOnceRead((delayMs) => rst(afterSent({ delayMs })));
    expect(seen).toBe('ECONNRESET');
    expect(sample).toMatchObject({ firstByteNs: null, wireBytes: 0, receipt: { ok: true } });
  });

  it('strikes on arrival', async () => {
    const port = await tcpServer(() => {});
    const report = await runOne({ port, fault: deadOnArrival(), connections: 3 });
    expect(report.receipts).toEqual({ ok: 3, failed: {} });
  });
});

describe('close with bytes unread', () => {
  it('becomes a reset, and the receipt counts the bytes', async () => {
    const { seen, sample } = await seenBy((socket) => socket.write(head + chunk.repeat(100)), finUnread(500));
    expect(seen).toBe('ECONNRESET');
    expect(sample).toMatchObject({ action: 'close', chunks: 0, receipt: { ok: true, unreadBytes: 1000 } });
  });
});

describe('late fin', () => {
  it('comes after a whole answer, and the answer counts', async () => {
    const { seen, sample, report } = await seenBy((socket) => socket.write(whole), lateFin({ delayMs: 5 }));
    expect(seen).toBe('end');
    expect(sample.receipt).toMatchObject({ ok: true, bodyComplete: true });
    expect(report.requests).toBe(1);
  });

  it('is no fault when the server closed with the answer', async () => {
    const { sample } = await seenBy((socket) => socket.end(whole), fin(afterEnd({ delayMs: 20 })));
    expect(sample.receipt).toMatchObject({ ok: false, reason: 'peer-closed-first' });
    const untilFin = await seenBy((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'), lateFin());
    expect(untilFin.sample.receipt).toMatchObject({ ok: false, reason: 'peer-closed-first', bodyComplete: true });
  });
});

describe('broken upload', () => {
  const upload = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`;
  const partial = upload.length - 600;

  it.each([
    ['fin', 'end'],
    ['half-close', 'end'],
  ] as const)('breaks off after so many bytes by %s', async (how, want) => {
    const { seen, sample, received } = await seenBy(
      (socket) => {
        if (how === 'half-close') socket.on('end', () => socket.end());
      },
      brokenUpload(partial, how),
      upload,
    );
    expect(seen).toBe(want);
    expect(sample).toMatchObject({ sentBytes: partial, receipt: { ok: true } });
    expect(received).toBe(upload.slice(0, partial));
  });

  it('breaks off by reset', async () => {
    const { seen, sample } = await resetOnceRead((delayMs) => brokenUpload(partial, 'rst', { delayMs }), upload);
    expect(seen).toBe('ECONNRESET');
    expect(sample).toMatchObject({ sentBytes: partial, receipt: { ok: true } });
  });
});

it('tells the server which sample is which', async () => {
  const tags: string[] = [];
  const port = await tcpServer((socket) => {
    socket.on('data', (data) => {
      tags.push(/X-Halfopen-Tag: ([0-9a-f]{16})\r\n/.exec(data.toString('latin1'))?.[1] ?? 'none');
      socket.write(head + chunk);
    });
  });
  const report = await runOne({ port, fault: fin(afterChunks(1)), connections: 4, rounds: 12 });
  expect(new Set(tags).size).toBe(12);
  expect(report.samples.map((sample) => sample.tag).sort()).toEqual(tags.sort());
});

it.each([
  ['rst', rst(afterHead())],
  ['fin', fin(afterHead())],
])('cuts a batch of pipelined requests by %s, though all answers came at once', async (_, fault) => {
  const port = await tcpServer((socket) => socket.once('data', () => socket.write(whole.repeat(4))));
  const report = await runOne({ port, depth: 4, fault });
  expect(report.samples[0]).toMatchObject({ bodyBytes: 5, receipt: { ok: true, bodyComplete: false } });
  expect(report.sentRequests).toBe(4);
});
