import { describe, expect, it } from 'vitest';
import { differencesOf, type Pair, reportFigure } from '../../src/gates/figure.js';
import { normals, randomFrom } from '../../src/gates/random.js';
import { looksOf, ruleFor } from '../../src/gates/sequential.js';

const rule = ruleFor(3, 0.05);
const looks = looksOf(rule);

/** Mirrored pairs of a figure around 100, its candidate worse by this much. */
function measured(pairs: number, slowdown: number, noise: number): Pair[] {
  const normal = normals(randomFrom(11));
  const cost = () => 100 * Math.exp(noise * normal());
  return Array.from({ length: pairs }, () => ({ base: cost(), cand: cost() * (1 + slowdown) }));
}

describe('one gated figure', () => {
  it('is reported with estimate, interval, noise and what could have been detected', () => {
    const report = reportFigure('cpu', differencesOf(measured(64, 0.1, 0.02), 'lower'), rule, looks);
    expect(report).toMatchObject({ name: 'cpu', verdict: 'fail' });
    expect(Math.abs(report.slowdown - 0.1)).toBeLessThan(0.01);
    expect(report.low).toBeLessThan(report.slowdown);
    expect(report.high).toBeGreaterThan(report.slowdown);
    expect(report.noise).toBeGreaterThan(0.012);
    expect(report.noise).toBeLessThan(0.03);
    expect(report.detectable).toBeLessThan(0.04);
  });

  it('counts less throughput as a slowdown', () => {
    const swapped = measured(32, 0.1, 0.01).map(({ base, cand }) => ({ base: cand, cand: base }));
    expect(reportFigure('rps', differencesOf(swapped, 'higher'), rule, looks).verdict).toBe('fail');
    expect(reportFigure('rps', differencesOf(swapped, 'lower'), rule, looks).verdict).toBe('pass');
  });

  it('says little about little', () => {
    const report = reportFigure('cpu', differencesOf(measured(4, 0.1, 0.01), 'lower'), rule, looks);
    expect(report).toMatchObject({ verdict: 'more', low: -1, high: Infinity, detectable: Number.NaN });
    expect(reportFigure('cpu', [], rule, looks)).toMatchObject({ verdict: 'more', slowdown: Number.NaN });
  });

  it('refuses what has no ratio', () => {
    expect(() => differencesOf([{ base: 0, cand: 1 }], 'lower')).toThrow('pair 1: costs are above zero, got 0 and 1');
    expect(() => differencesOf([{ base: 1, cand: Number.NaN }], 'lower')).toThrow(RangeError);
  });
});
