import { describe, expect, it } from 'vitest';
import {
  afterBody,
  afterYields,
  fin,
  finBehindFullBuffer,
  parkedHalfClose,
  stalledUpload,
  tinyWindow,
} from '../../src/faults/index.js';
import { needsAddon } from '../support/addon.js';
import { answering, get, runOne, tcpServer } from '../traffic/servers.js';

needsAddon();

const body = 'abcdefghij'.repeat(20_000);
const whole = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('a FIN behind a full buffer', () => {
  it('reaches the server while bytes are unread', async () => {
    let fins = 0;
    const port = await tcpServer((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2_000_000)}`));
      socket.on('end', () => fins++);
    });
    const report = await runOne({ port, fault: finBehindFullBuffer({ delayMs: 20 }) });
    const [stalled, cut] = report.samples;
    expect(stalled).toMatchObject({ action: 'stall', outcome: 'next-step', receipt: { ok: true } });
    expect(cut).toMatchObject({ action: 'half-close', receipt: { ok: true } });
    expect(cut!.receipt.unreadBytes).toBeGreaterThanOrEqual(4096);
    expect(fins).toBe(1);
  });

  it('and its twin reads on and gets everything', async () => {
    const port = await answering(whole);
    const report = await runOne({ port, fault: parkedHalfClose(), expect: { bodyBytes: body.length } });
    expect(report.samples.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['stall', 'next-step'],
      ['half-close', 'next-step'],
      ['resume', 'complete'],
    ]);
    expect(report.samples.at(-1)!.receipt).toMatchObject({ ok: true, bodyComplete: true });
  });
});

describe('a stalled upload', () => {
  const request = `POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n${'u'.repeat(1000)}`;

  it('stops at its byte and stays', async () => {
    let got = 0;
    let ended = false;
    const port = await tcpServer((socket) => {
      socket.on('data', (data) => {
        got += data.length;
      });
      socket.on('end', () => {
        ended = true;
      });
    });
    const report = await runOne({ port, request, fault: { ...stalledUpload(500), holdMs: 150 } });
    expect(report.samples[0]).toMatchObject({ sentBytes: 500, outcome: 'held', receipt: { ok: true } });
    expect({ got, ended }).toEqual({ got: 500, ended: false });
  });

  it('is none when all of it was sent', async () => {
    const port = await tcpServer((socket) => socket.resume());
    const report = await runOne({ port, request, fault: { ...stalledUpload(request.length), holdMs: 50 } });
    expect(report.samples[0]!.receipt).toMatchObject({ ok: false, reason: 'never-behind' });
  });
});

it('a tiny window gets everything, through the smallest buffer there is', async () => {
  const port = await answering(whole);
  const report = await runOne({ port, fault: tinyWindow(), expect: { bodyBytes: body.length } });
  expect(report.requests).toBe(1);
  expect(report.samples[0]).toMatchObject({ action: 'fin', receipt: { ok: true } });
  expect(report.samples[0]!.receipt.receiveBuffer).toBeLessThan(5000);
});

it('a yield is when its server declares it to be', () => {
  const waitMs = (empties: number) => 10 * empties;
  expect(afterYields(1, waitMs)).toMatchObject({ point: 'sent', delayMs: 0 });
  expect(afterYields(4, waitMs, { delayMs: 5, delaySpreadMs: 3 })).toMatchObject({ delayMs: 65, delaySpreadMs: 3 });
});

describe('thousands at once', () => {
  const clients = 3000;

  it(`${clients} are held by one thread, each with its receipt`, { timeout: 30_000 }, async () => {
    let most = 0;
    let open = 0;
    const port = await tcpServer((socket) => {
      most = Math.max(most, ++open);
      socket.on('close', () => open--);
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n\r\nheld`));
      socket.on('end', () => socket.destroy());
    });
    const report = await runOne(
      {
        port,
        request: get(),
        connections: clients,
        rounds: clients,
        rampMs: 800,
        timeoutMs: 20_000,
        fault: fin(afterBody(4, { delayMs: 4000 })),
      },
      { deadlineMs: 20_000 },
    );
    expect(report.receipts).toEqual({ ok: clients, failed: {} });
    expect(most).toBe(clients);
  });
});
