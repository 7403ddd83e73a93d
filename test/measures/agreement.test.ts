import { expect, it } from 'vitest';
import { agreement } from '../../src/measures/agreement.js';

const load = (requestsPerSecond: number, latencyMs: number, cpuNsPerRequest: number) => ({
  requestsPerSecond,
  latencyMs,
  cpuNsPerRequest,
});

it('is the median of pairs: a drift of both is none, nor is one pair that was disturbed', () => {
  const pairs = [
    [load(100, 1, 9), load(100, 1, 10)],
    [load(50, 2, 18), load(50, 2, 20)],
    [load(10, 9, 90), load(100, 1, 10)],
  ] as const;
  const { cpu, throughputOff, latencyOff } = agreement(pairs);
  expect(cpu).toBeCloseTo(0.9);
  expect([throughputOff, latencyOff]).toEqual([0, 0]);
});

it('is apart in either direction', () => {
  const found = agreement([
    [load(110, 0.8, 12), load(100, 1, 10)],
    [load(110, 0.8, 12), load(100, 1, 10)],
  ]);
  expect(found.cpu).toBeCloseTo(1.2);
  expect(found.throughputOff).toBeCloseTo(10);
  expect(found.latencyOff).toBeCloseTo(20);
});

it('is not known without pairs', () => {
  expect(agreement([]).cpu).toBeNaN();
});
