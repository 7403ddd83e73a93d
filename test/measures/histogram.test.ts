import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  bucketTop,
  countAbove,
  emptyHistogram,
  histogramOf,
  mean,
  mergeHistograms,
  percentile,
} from '../../src/measures/histogram.js';

/** Values from 10 ns to 10 s, evenly over the powers of ten; the same ones every time. */
function values(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return Math.floor(10 ** (1 + (9 * state) / 2147483647));
  });
}

/** Nearest rank on the values themselves. */
function exact(sortedValues: readonly number[], p: number): number {
  return sortedValues[Math.max(1, Math.ceil((p / 100) * sortedValues.length - 1e-9)) - 1]!;
}

describe('buckets', () => {
  it('keeps every value below 2,048 apart', () => {
    for (let value = 0; value < 2048; value++) expect(bucketTop(bucketOf(value))).toBe(value);
  });

  it('is never more than 0.1 % wide above that', () => {
    for (const value of values(2000, 7).filter((each) => each >= 2048)) {
      const top = bucketTop(bucketOf(value));
      expect(top).toBeGreaterThanOrEqual(value);
      expect(top).toBeLessThan(value * 1.001);
      expect(bucketOf(top)).toBe(bucketOf(value));
      expect(bucketOf(top + 1)).toBe(bucketOf(value) + 1);
    }
  });

  it('counts what is beyond 69 s as that', () => {
    expect(bucketOf(1e15)).toBe(bucketOf(2 ** 36));
  });
});

describe('percentile', () => {
  it.each([1, 10, 299, 3000])('agrees with %i sorted values', (count) => {
    const sample = values(count, count);
    const sorted = [...sample].sort((a, b) => a - b);
    const histogram = histogramOf(sample);
    for (const p of [0.1, 1, 25, 50, 75, 90, 99, 99.9, 100]) {
      const want = exact(sorted, p);
      expect(percentile(histogram, p)).toBeGreaterThanOrEqual(want);
      expect(percentile(histogram, p)).toBeLessThanOrEqual(want * 1.001);
    }
  });

  it('gives golden values', () => {
    const histogram = histogramOf(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect([0.1, 50, 99, 99.9, 100].map((p) => percentile(histogram, p))).toEqual([1, 500, 990, 999, 1000]);
    expect(mean(histogram)).toBe(500.5);
  });

  it('has no answer when there is nothing', () => {
    expect(percentile(emptyHistogram, 50)).toBeNaN();
    expect(mean(emptyHistogram)).toBeNaN();
  });

  it('refuses what is no percentile, and what is no latency', () => {
    expect(() => percentile(histogramOf([1]), 0)).toThrow(RangeError);
    expect(() => percentile(histogramOf([1]), 101)).toThrow(RangeError);
    expect(() => histogramOf([-1])).toThrow(RangeError);
  });
});

describe('merge', () => {
  it('equals the histogram of all values', () => {
    const [a, b] = [values(500, 3), values(700, 4)];
    expect(mergeHistograms(histogramOf(a), emptyHistogram, histogramOf(b))).toEqual(histogramOf([...a, ...b]));
  });

  it('of nothing is empty', () => {
    expect(mergeHistograms(emptyHistogram, emptyHistogram)).toEqual(emptyHistogram);
  });
});

it('counts what lies above a limit', () => {
  const histogram = histogramOf([1, 2, 3, 1000, 5000]);
  expect([0, 2, 999, 1000, 5000].map((limit) => countAbove(histogram, limit))).toEqual([5, 3, 2, 1, 0]);
});
