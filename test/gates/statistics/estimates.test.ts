import { describe, expect, it } from 'vitest';
import { lowerBound, upperBound } from '../../../src/gates/statistics/clopper-pearson.js';
import { hodgesLehmann, interval, walshAverages } from '../../../src/gates/statistics/hodges-lehmann.js';
import { normalQuantile } from '../../../src/gates/statistics/normal.js';
import { median, robustDeviation } from '../../../src/gates/statistics/spread.js';
import { distinct, many, tied } from './golden.js';

describe('Hodges–Lehmann estimate', () => {
  it.each([
    // R: wilcox.test(x, conf.int = TRUE, exact = TRUE)$estimate; with ties numpy.median of all Walsh averages
    [distinct, 0.02975],
    [many, 0.01828825],
    [tied, 0.015],
  ])('is the median of the Walsh averages', (data, expected) => {
    expect(hodgesLehmann(data)).toBeCloseTo(expected, 12);
  });

  it('is not moved far by one wild pair, and absent without data', () => {
    expect(hodgesLehmann([...distinct.slice(1), 50])).toBeLessThan(0.045);
    expect(hodgesLehmann([])).toBeNaN();
    expect([...walshAverages([3, 1])]).toEqual([1, 2, 3]);
  });
});

describe('exact interval', () => {
  it.each([
    // R: wilcox.test(x, conf.int = TRUE, exact = TRUE, conf.level = level)$conf.int
    [distinct, 0.9, 0.0115, 0.045],
    [distinct, 0.95, 0.007, 0.0475],
    [distinct, 0.99, -0.003, 0.052],
    [many, 0.9, 0.009363, 0.0237375],
    [many, 0.95, 0.0075365, 0.025351],
    [many, 0.99, 0.0037635, 0.028639],
  ])('of %j at %f', (data, confidence, low, high) => {
    const found = interval(data, confidence);
    expect(found.low).toBeCloseTo(low, 12);
    expect(found.high).toBeCloseTo(high, 12);
  });

  it('is open when there are too few pairs', () => {
    expect(interval([1, 2, 3], 0.95)).toEqual({ low: -Infinity, high: Infinity });
  });
});

describe('bounds of a share', () => {
  it.each([
    // scipy.stats.beta.ppf(0.95, k + 1, n - k) and beta.ppf(0.05, k, n - k + 1)
    [0, 300, 0, 0.009936081944],
    [3, 40, 0.020753601476, 0.182586850016],
    [9, 10, 0.605836697563, 0.994883803108],
    [100, 12000, 0.007015959195, 0.009832515743],
    [40, 40, 0.927842475494, 1],
  ])('%i of %i', (k, n, low, high) => {
    expect(lowerBound(k, n)).toBeCloseTo(low, 10);
    expect(upperBound(k, n)).toBeCloseTo(high, 10);
  });

  it('knows nothing without data', () => {
    expect([lowerBound(0, 0), upperBound(0, 0)]).toEqual([0, 1]);
  });
});

describe('spread and quantiles', () => {
  it('the robust deviation agrees with R: mad(distinct)', () => {
    expect(robustDeviation(distinct)).toBeCloseTo(0.0259455, 12);
    expect(robustDeviation([1])).toBeNaN();
    expect([median([]), median([4, 1]), median([9, 1, 2])]).toEqual([Number.NaN, 2.5, 2]);
  });

  it.each([
    // scipy.stats.norm.ppf(p)
    [0.0001, -3.7190164854556804],
    [0.01, -2.3263478740408408],
    [0.3, -0.5244005127080409],
    [0.95, 1.6448536269514722],
    [0.999, 3.090232306167813],
  ])('normal quantile of %f', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 7);
    expect(() => normalQuantile(0)).toThrow(RangeError);
  });
});
