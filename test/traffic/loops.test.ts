import { describe, expect, it } from 'vitest';
import { bucketOf, mergeHistograms, percentile } from '../../src/measures/histogram.js';
import { bystanders } from '../../src/traffic/bystanders.js';
import { churn } from '../../src/traffic/churn.js';
import { closedLoop } from '../../src/traffic/closed-loop.js';
import { openLoop } from '../../src/traffic/open-loop.js';
import { needsAddon } from '../support/addon.js';
import { answering, get, httpServer, runOne } from './servers.js';

needsAddon();

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const at = (port: number) => ({ id: 'c', host: '127.0.0.1', port, request: get(), connections: 4 });

describe('closed loop', () => {
  it('asks again on the same connections', async () => {
    const report = await runOne(closedLoop({ ...at(await answering(ok)), rounds: 200 }));
    expect(report).toMatchObject({ requests: 200, sentRequests: 200, connects: 4, unfinished: 0 });
    expect(report.latency).toEqual(report.service);
    expect(report.perSecond.reduce((sum, { requests }) => sum + requests, 0)).toBe(200);
  });

  it('takes a new connection for each when told so, or when the server closes', async () => {
    const keeping = await answering(ok);
    expect((await runOne(closedLoop({ ...at(keeping), rounds: 20, keepAlive: false }))).connects).toBe(20);
    const closing = await answering(ok.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect((await runOne(closedLoop({ ...at(closing), rounds: 20 }))).connects).toBe(20);
  });

  it('thinks between', async () => {
    const report = await runOne(closedLoop({ ...at(await answering(ok)), thinkMs: 50, durationMs: 220 }));
    expect(report.requests).toBeGreaterThan(4);
    expect(report.requests).toBeLessThanOrEqual(20);
  });

  it('writes a histogram that the reader agrees with', async () => {
    const { service, ttfb } = await runOne(closedLoop({ ...at(await answering(ok)), rounds: 300 }));
    expect(service.buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(service.count);
    expect(service.buckets[0]![0]).toBe(bucketOf(service.min));
    expect(service.buckets.at(-1)![0]).toBe(bucketOf(service.max));
    expect(percentile(service, 100)).toBe(service.max);
    expect(mergeHistograms(service, ttfb).count).toBe(service.count + ttfb.count);
  });
});

describe('open loop', () => {
  it('keeps its rate', async () => {
    const report = await runOne(
      openLoop({ ...at(await answering(ok)), ratePerSecond: 1000, arrivals: 'constant', rounds: 300 }),
    );
    const [first, second] = [report.perSecond[0]!.requests, report.requests];
    expect(second).toBe(300);
    expect(first).toBe(300);
  });

  it('counts from when a request was due, not from when the server let it go', async () => {
    // One answer takes 100 ms, and one connection makes the others wait for it.
    let answered = 0;
    const port = await httpServer((_, response) => {
      if (++answered === 20) setTimeout(() => response.end('late'), 100);
      else response.end('ok');
    });
    const report = await runOne(
      openLoop({ ...at(port), connections: 1, ratePerSecond: 500, arrivals: 'constant', rounds: 100 }),
    );
    expect(report.requests).toBe(100);
    // About 50 requests became due meanwhile; a client that waits its turn would have seen one slow answer.
    const slow = (histogram: typeof report.latency) =>
      histogram.buckets.reduce((sum, [index, count]) => (index >= bucketOf(20e6) ? sum + count : sum), 0);
    expect(slow(report.latency) - slow(report.service)).toBeGreaterThanOrEqual(25);
    expect(report.latency.max).toBeGreaterThanOrEqual(90e6);
  });

  it('comes at random when Poisson, and at the same moments for the same seed', async () => {
    // So rare that a server which is late by tens of milliseconds cannot be taken for another seed.
    const arrivals = async (seed: number) => {
      const times: bigint[] = [];
      const port = await httpServer((_, response) => {
        times.push(process.hrtime.bigint());
        response.end();
      });
      await runOne(openLoop({ ...at(port), connections: 20, ratePerSecond: 40, rounds: 30 }), { seed });
      return times.map((time) => Number(time - times[0]!) / 1e6);
    };
    const [first, again, other] = [await arrivals(5), await arrivals(5), await arrivals(6)];
    const apart = (a: number[], b: number[]) => a.map((time, i) => Math.abs(time - b[i]!)).sort((x, y) => x - y)[15]!;
    expect(apart(first, again)).toBeLessThan(apart(first, other) / 2);
  });

  it('says what it could not finish', async () => {
    const port = await httpServer(() => {});
    const report = await runOne(openLoop({ ...at(port), ratePerSecond: 100, durationMs: 200, graceMs: 50 }));
    expect(report.requests).toBe(0);
    expect(report.unfinished).toBeGreaterThan(4);
  });

  it('keeps what happened before, during and after apart', async () => {
    const port = await answering(ok);
    const cohort = bystanders({ ...at(port), ratePerSecond: 500, beforeMs: 100, duringMs: 200, afterMs: 100 });
    const report = await runOne(cohort);
    expect(report.phases.map(({ name }) => name)).toEqual(['before', 'during', 'after']);
    expect(report.phases.reduce((sum, { requests }) => sum + requests, 0)).toBe(report.requests);
    for (const phase of report.phases) expect(phase.latency.count).toBe(phase.requests);
    expect(report.phases[1]!.requests).toBeGreaterThan(report.phases[0]!.requests);
  });
});

it('churns', async () => {
  const port = await answering(ok);
  const report = await runOne(churn({ ...at(port), durationMs: 300, connections: 50 }, 300));
  expect(report.connects).toBeGreaterThan(30);
  expect(report.receipts.ok).toBe(report.connects);
});
