import { describe, expect, it } from 'vitest';
import { binomialCdf, shareVerdict } from '../../src/gates/binomial.js';

describe('binomial tail', () => {
  it.each([
    // Summed in exact rational arithmetic.
    [0, 10, 0.5, 0.0009765625],
    [5, 10, 0.5, 0.623046875],
    [0, 300, 0.01, 0.049040894],
    [4, 1000, 0.01, 0.0286864],
    [30, 3000, 0.01, 0.548352124],
    [1500, 3000, 0.5, 0.507283049],
  ])('P(X ≤ %i | %i, %f)', (k, n, p, expected) => {
    expect(binomialCdf(k, n, p)).toBeCloseTo(expected, 5);
  });

  it('holds at its edges', () => {
    expect(binomialCdf(-1, 10, 0.5)).toBe(0);
    expect(binomialCdf(10, 10, 0.5)).toBe(1);
    expect(binomialCdf(3, 10, 0)).toBe(1);
    expect(binomialCdf(3, 10, 1)).toBe(0);
  });
});

describe('a share against a limit', () => {
  it('299 trials without a violation do not show that it is below 1 %; 300 do', () => {
    expect([298, 299].map((n) => shareVerdict(0, n, 0.01))).toEqual(['unclear', 'below']);
  });

  it('is unclear near the limit, and clear away from it', () => {
    expect([400, 480, 500, 520, 600].map((k) => shareVerdict(k, 1000, 0.5))).toEqual([
      'below',
      'unclear',
      'unclear',
      'unclear',
      'above',
    ]);
  });
});
