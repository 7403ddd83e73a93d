import { describe, expect, it } from 'vitest';
import { attainableLevel, criticalValue, tailsOf, upperTails } from '../../../src/gates/statistics/signed-rank.js';
import { pAbove, pBelow, rankedSigns } from '../../../src/gates/statistics/wilcoxon.js';
import { distinct, many, tied } from './golden.js';

describe('distribution of the signed-rank statistic', () => {
  it.each([
    // R: 1 - psignrank(w - 1, n)
    [8, 29, 0.07421875],
    [8, 35, 0.0078125],
    [12, 77, 0.00048828125],
    [64, 1500, 0.00089432309095],
  ])('n = %i: P(W ≥ %i)', (n, w, expected) => {
    expect(upperTails(n)[w]).toBeCloseTo(expected, 13);
  });

  it('begins at one and ends at all signs positive', () => {
    const tail = upperTails(10);
    expect([tail[0], tail.at(-1), tail.length]).toEqual([1, 2 ** -10, 56]);
  });

  it.each([
    // R: qsignrank(level, 64, lower.tail = FALSE) + 1
    [0.01, 1387],
    [0.001, 1496],
    [0.0001, 1583],
  ])('64 pairs reject at level %f from here on', (level, expected) => {
    expect(criticalValue(64, level)).toBe(expected);
  });

  it('cannot reject what even the rarest outcome does not reach', () => {
    expect(criticalValue(8, 0.003)).toBe(37);
    expect(attainableLevel(8, 0.003)).toBe(0);
    expect(attainableLevel(8, 0.004)).toBe(2 ** -8);
  });

  it('takes any ranks, and no more than 64', () => {
    expect([...tailsOf([2, 2])]).toEqual([1, 0.75, 0.75, 0.25, 0.25]);
    expect(() => tailsOf(new Array(65).fill(1))).toThrow('at most 64');
  });
});

describe('one-sided tests against a margin', () => {
  it.each([
    // scipy.stats.wilcoxon(distinct - centre, alternative='greater' and 'less', method='exact').pvalue
    [0, 0.006103515625, 0.995361328125],
    [0.0488, 0.986572265625, 0.01708984375],
    [0.0203, 0.23486328125, 0.7880859375],
  ])('without ties, centre %f', (centre, above, below) => {
    expect(pAbove(distinct, centre)).toBeCloseTo(above, 12);
    expect(pBelow(distinct, centre)).toBeCloseTo(below, 12);
  });

  it('64 pairs', () => {
    // scipy as above, and R: wilcox.test(many, alternative = 'greater', exact = TRUE)
    expect(pAbove(many)).toBeCloseTo(0.000717278766821, 14);
    expect(pBelow(many, 0.0488) / 1.1130178653782994e-8).toBeCloseTo(1, 8);
  });

  it.each([
    // scipy.stats.permutation_test((tied - centre,), W⁺ of scipy.stats.rankdata, permutation_type='samples', exhaustive)
    [0, 0.0390625, 0.97265625],
    [0.02, 0.69140625, 0.33984375],
  ])('with ties and zeros, centre %f: exact, given the mid-ranks', (centre, above, below) => {
    const moved = tied.map((d) => Math.round((d - centre) * 1e6) / 1e6);
    expect(pAbove(moved)).toBeCloseTo(above, 12);
    expect(pBelow(moved)).toBeCloseTo(below, 12);
  });

  it('says nothing without data, and when nothing differs', () => {
    expect(pAbove([])).toBe(1);
    expect([pAbove([0, 0, 0]), pBelow([0, 0, 0])]).toEqual([1, 1]);
  });

  it('ranks zeros and leaves them out', () => {
    expect([...rankedSigns([0, 0, 1, -2, 2])]).toEqual([0, 0, 6, -9, 9]);
  });
});
