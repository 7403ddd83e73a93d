import { describe, expect, it } from 'vitest';
import { type CostPair, decideFigures, settled } from '../../src/gates/figures.js';
import { capFor, looksUpTo } from '../../src/gates/looks.js';
import { normals, randomFrom } from '../../src/gates/random.js';
import { looksOf, ruleFor } from '../../src/gates/sequential.js';

/** Pairs of a machine with 1 % noise. */
function pairs(count: number, slowdown: number, seed = 1): CostPair[] {
  const normal = normals(randomFrom(seed));
  const cost = (factor: number): number => 100 * factor * Math.exp(0.01 * normal());
  return Array.from({ length: count }, () => ({ base: { cpu: cost(1) }, cand: { cpu: cost(1 + slowdown) } }));
}
const cpu = { name: 'cpu', better: 'lower', margin: 0.05 } as const;

describe('figures of a session', () => {
  it.each([
    ['the same build twice passes', 0, 'pass'],
    ['10 % slower fails', 0.1, 'fail'],
    ['10 % faster passes', -0.1, 'pass'],
  ])('%s', (_, slowdown, verdict) => {
    expect(decideFigures(pairs(64, slowdown), [cpu], 64)[0]).toMatchObject({ verdict, margin: 0.05, missing: false });
  });

  it('more is better for a throughput', () => {
    const [figure] = decideFigures(pairs(64, 0.1), [{ ...cpu, better: 'higher' }], 64);
    expect(figure!.verdict).toBe('pass');
    expect(figure!.slowdown).toBeCloseTo(-0.09, 2);
  });

  it('too few pairs are undecided at the cap, and open before it', () => {
    expect(decideFigures(pairs(8, 0.1), [cpu], 8)[0]!.verdict).toBe('inconclusive');
    expect(decideFigures(pairs(8, 0.1), [cpu], 64)[0]!.verdict).toBe('more');
  });

  it('a slot without the figure ends what is known of it: absent is not zero', () => {
    const holed = pairs(64, 0).map((pair, i) => (i === 6 ? { ...pair, cand: {} } : pair));
    expect(decideFigures(holed, [cpu], 64)[0]).toMatchObject({ verdict: 'inconclusive', missing: true });
    expect(decideFigures(pairs(64, 0), [{ ...cpu, name: 'memory' }], 64)[0]!.verdict).toBe('inconclusive');
  });

  it('ends with the first failure, or when all are decided', () => {
    expect(settled([{ verdict: 'fail' }, { verdict: 'more' }])).toBe(true);
    expect(settled([{ verdict: 'pass' }, { verdict: 'inconclusive' }])).toBe(true);
    expect(settled([{ verdict: 'pass' }, { verdict: 'more' }])).toBe(false);
  });
});

describe('how many pairs fit', () => {
  it('is none where they could not decide', () => {
    expect(looksOf(ruleFor(1, 0.1), [8]).every(({ passLevel, failLevel }) => passLevel + failLevel === 0)).toBe(true);
    expect(looksOf(ruleFor(6, 0.05), [8, 12]).some(({ passLevel }) => passLevel > 0)).toBe(true);
  });

  it.each([
    [59_999, 5000, 0],
    [60_000, 5000, 12],
    [99_999, 5000, 16],
    [3_600_000, 5000, 64],
  ])('%d ms at %d ms a pair: %d', (budget, pair, cap) => {
    expect(capFor(budget, pair)).toBe(cap);
  });

  it('looks end at the cap', () => {
    expect(looksUpTo(20)).toEqual([8, 12, 16, 20]);
  });
});
