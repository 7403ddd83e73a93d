import { describe, expect, it } from 'vitest';
import { intervalsOf, quantileInterval, shareInterval } from '../../../src/gates/statistics/quantile-interval.js';
import { histogramOf } from '../../../src/measures/histogram.js';
import { count, values } from '../../../src/measures/measure.js';

/** 1 … n: each value is its own rank. */
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('the interval of a percentile', () => {
  it.each([
    // Ranks from published tables of the sign test.
    [6, 50, 1, 6],
    [10, 50, 2, 9],
    [20, 50, 6, 15],
    [100, 50, 40, 61],
  ])('of %i values, p%i: from rank %i to %i', (n, p, low, high) => {
    expect(quantileInterval(values(upTo(n)), p)).toEqual([low, high]);
  });

  it('is open where so few cannot bound it', () => {
    expect(quantileInterval(values(upTo(5)), 50)).toEqual([null, null]);
    expect(quantileInterval(values(upTo(300)), 99)[1]).toBeNull();
    expect(quantileInterval(values(upTo(300)), 99)[0]).toBeGreaterThan(290);
    expect(quantileInterval(values(upTo(1000)), 99)[1]).toBeLessThan(1000);
    expect(quantileInterval(values([]), 50)).toEqual([null, null]);
    expect(quantileInterval(count(1, 2), 50)).toEqual([null, null]);
  });

  it('is the same from a histogram, in the unit of the series', () => {
    const series = { kind: 'histogram', histogram: histogramOf(upTo(100)), scale: 1e-3 } as const;
    expect(quantileInterval(series, 50)).toEqual([0.04, 0.061]);
  });

  it('holds the true percentile as often as it says, whatever the distribution', () => {
    let state = 12345;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    for (const p of [50, 99]) {
      const truth = -Math.log(1 - p / 100);
      const held = upTo(400).filter(() => {
        const [low, high] = quantileInterval(values(upTo(600).map(() => -Math.log(1 - uniform()))), p);
        return (low === null || low <= truth) && (high === null || truth <= high);
      });
      expect(held.length).toBeGreaterThan(0.93 * 400);
      expect(held.length).toBeLessThan(400);
    }
  });

  it('is found for millions', () => {
    const histogram = {
      count: 2e6,
      min: 1,
      max: 3,
      sum: 4e6,
      buckets: [
        [1, 999_000],
        [2, 2000],
        [3, 999_000],
      ],
    } as const;
    expect(quantileInterval({ kind: 'histogram', histogram, scale: 1 }, 50)).toEqual([1, 3]);
  });
});

it('the interval of a share', () => {
  const [low, high] = shareInterval(0, 300);
  expect(low).toBe(0);
  expect(high).toBeCloseTo(1 - 0.025 ** (1 / 300), 6);
  expect(shareInterval(0, 0)).toEqual([null, null]);
});

describe('what is said of a series', () => {
  it('is the percentiles that it has the samples for', () => {
    const names = (n: number) => Object.keys(intervalsOf(values(upTo(n))));
    expect([5, 6, 299, 300, 2999, 3000].map(names)).toEqual([
      [],
      ['p50'],
      ['p50'],
      ['p50', 'p99'],
      ['p50', 'p99'],
      ['p50', 'p99', 'p99.9'],
    ]);
  });

  it('is as wide as the rounds scatter, where their own samples are closer together', () => {
    const series = values(upTo(300).map((i) => 1 + i / 1e4));
    const [low, high] = intervalsOf(series, { p50: [0.9, 1, 1.1] }).p50!;
    expect(low).toBeCloseTo(1.015 - (4.303 * 0.1) / Math.sqrt(3), 3);
    expect(high).toBeCloseTo(1.015 + (4.303 * 0.1) / Math.sqrt(3), 3);
    expect(intervalsOf(series, { p50: [1.015, 1.015, 1.015] })).toEqual(intervalsOf(series));
    expect(intervalsOf(series, { p50: [0.9, 1.1] })).toEqual(intervalsOf(series));
    expect(intervalsOf(values([1, 2, 3]), { p50: [1, 2, 3] }).p50![0]).toBeCloseTo(2 - 2.484, 2);
  });

  it('stays open on the side that the samples do not bound', () => {
    expect(intervalsOf(values(upTo(300)), { p99: [290, 297, 299] }).p99![1]).toBeNull();
  });

  it('is the share of what is counted', () => {
    expect(Object.keys(intervalsOf(count(3, 10)))).toEqual(['share']);
    expect(intervalsOf(count(0, 0))).toEqual({});
  });
});
