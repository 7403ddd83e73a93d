import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../src/measures/histogram.js';
import { count, nanosecondsAsMs, values } from '../../src/measures/measure.js';
import { maxOf, meanOf, mergeSeries, minOf, quantileOf, sizeOf, violations } from '../../src/measures/series.js';

const list = values([5, 1, 4, 2, 3]);
const latencies = nanosecondsAsMs(histogramOf([1e6, 2e6, 3e6]));

describe('aggregates of a series', () => {
  it('takes the nearest rank as percentile, whatever the order', () => {
    expect([20, 50, 80, 99].map((p) => quantileOf(list, p))).toEqual([1, 3, 4, 5]);
  });

  it('gives a histogram in the unit of the measure', () => {
    expect(quantileOf(latencies, 50)).toBeCloseTo(2, 2);
    expect([minOf(latencies), maxOf(latencies), meanOf(latencies)]).toEqual([1, 3, 2]);
  });

  it('takes the mean of a count as the share of trials', () => {
    expect(meanOf(count(3, 12))).toBe(0.25);
    expect(sizeOf(count(3, 12))).toBe(12);
  });

  it.each([values([]), count(0, 0), nanosecondsAsMs(histogramOf([]))])('knows no figure without data: %o', (empty) => {
    expect(sizeOf(empty)).toBe(0);
    for (const figure of [quantileOf(empty, 50), meanOf(empty), minOf(empty), maxOf(empty)]) expect(figure).toBeNaN();
  });
});

describe('violations', () => {
  it('counts what is above a limit, and what is at it only when asked', () => {
    expect(violations(list, 3)).toBe(2);
    expect(violations(list, 3, true)).toBe(3);
    expect(violations(latencies, 1.5)).toBe(2);
  });
});

describe('merging', () => {
  it('keeps all observations of both', () => {
    expect(mergeSeries(values([1]), values([2, 3]))).toEqual(values([1, 2, 3]));
    expect(mergeSeries(count(1, 10), count(2, 20))).toEqual(count(3, 30));
    expect(sizeOf(mergeSeries(latencies, latencies))).toBe(6);
  });

  it('refuses to mix kinds', () => {
    expect(() => mergeSeries(values([1]), count(1, 2))).toThrow(/kind values .* kind count/);
  });
});
