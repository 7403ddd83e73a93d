import { describe, expect, it } from 'vitest';
import { differenceOfEstimates, marginOfRounds, studentT } from '../../src/measures/difference.js';

describe('a difference', () => {
  it('of rounds has Welch’s interval', () => {
    // Two sets of three with standard errors 0.0904 and 0.1034: 3.9 degrees, taken as 3.
    const margin = marginOfRounds([10.501, 10.408, 10.714], [11.003, 10.81, 11.168])!;
    expect(margin).toBeCloseTo(3.182 * Math.hypot(0.0904, 0.1034), 2);
    expect(marginOfRounds([1, 1, 1], [2, 2, 2])).toBe(0);
  });

  it('of fewer than three rounds has none', () => {
    expect(marginOfRounds([1, 2], [1, 2, 3])).toBeNull();
  });

  it('of figures with intervals has theirs, squared and added, each side by itself', () => {
    const before = { value: 10, low: 7, high: 12 };
    const after = { value: 20, low: 15, high: 24 };
    const [low, high] = differenceOfEstimates(before, after);
    expect(low).toBeCloseTo(10 - Math.hypot(5, 2), 9);
    expect(high).toBeCloseTo(10 + Math.hypot(4, 3), 9);
  });

  it('uses Student’s quantiles', () => {
    const golden = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 10: 2.228, 30: 2.042 };
    for (const [freedom, quantile] of Object.entries(golden))
      expect(Math.abs(studentT(Number(freedom)) / quantile - 1)).toBeLessThan(0.002);
    expect(studentT(0.5)).toBe(12.706);
    expect(studentT(1e9)).toBeCloseTo(1.96, 4);
  });
});
