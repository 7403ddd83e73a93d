import { describe, expect, it } from 'vitest';
import { afterBody, afterChunks, afterSent, fin, rst } from '../../src/faults/index.js';
import { type Cohort, runCohorts } from '../../src/traffic/client.js';
import { needsAddon } from '../support/addon.js';
import { closed, get, tcpServer } from '../traffic/servers.js';

needsAddon();

/** Sends 40 chunks of one byte, a few at a time, so that the moments of arrival differ from run to run. */
const drip = () =>
  tcpServer((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      let left = 40;
      const next = () => {
        if (left-- === 0 || socket.destroyed) return;
        socket.write('1\r\nx\r\n');
        setImmediate(next);
      };
      next();
    });
  });

async function decisions(port: number, seed: number, fault: Cohort['fault']) {
  const cohort = { id: 'c', host: '127.0.0.1', port, request: get(), connections: 3, rounds: 12, pacing: closed };
  const report = await runCohorts([{ ...cohort, fault: fault! }], { seed, deadlineMs: 5000 });
  return report.cohorts[0]!.samples.toSorted((a, b) => a.round - b.round);
}

it('never gives the same tag twice, whatever the seed', async () => {
  const port = await drip();
  const tags = async (seed: number) => (await decisions(port, seed, fin(afterChunks(1)))).map(({ tag }) => tag);
  const all = [...(await tags(7)), ...(await tags(7)), ...(await tags(8))];
  expect(new Set(all).size).toBe(36);
});

describe('the same seed', () => {
  it('draws the same delays, up to the lateness of the machine', async () => {
    const port = await tcpServer(() => {});
    const delays = async (seed: number) => {
      const samples = await decisions(port, seed, rst(afterSent({ delayMs: 2, delaySpreadMs: 30 })));
      return samples.map(({ beforeNs, pointNs }) => (beforeNs! - pointNs!) / 1e6);
    };
    const apart = (a: number[], b: number[]) => a.map((value, i) => Math.abs(value - b[i]!)).sort((x, y) => x - y);
    // Lateness differs from run to run, what the seed draws does not: one pair of punctual runs shows it. A generator
    // that ignored its seed would bring seven of twelve so close once in a million pairs.
    let [first, again] = [await delays(7), await delays(7)];
    for (let more = 0; more < 20 && apart(first, again)[6]! >= 1; more++) {
      [first, again] = [await delays(7), await delays(7)];
    }
    for (const delay of first) expect(delay).toBeGreaterThanOrEqual(2);
    expect(apart(first, again)[6]).toBeLessThan(1);
    expect(apart(first, await delays(8))[6]).toBeGreaterThan(1);
  });

  it('draws the same amounts', async () => {
    // Stalls are exact to the byte, so the amount drawn is the amount read.
    const port = await drip();
    const fault = { name: 'stall', steps: [{ at: afterBody(2, { spread: 20 }), action: 'stall' }], holdMs: 1 } as const;
    const amounts = async (seed: number) => (await decisions(port, seed, fault)).map(({ bodyBytes }) => bodyBytes);
    const first = await amounts(3);
    expect(await amounts(3)).toEqual(first);
    expect(await amounts(4)).not.toEqual(first);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...first)).toBeLessThanOrEqual(22);
  });
});
