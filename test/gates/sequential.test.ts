import { describe, expect, it } from 'vitest';
import { decide, looksOf, marginFor, ruleFor } from '../../src/gates/sequential.js';

const rule = ruleFor(1, 0.05);
const looks = looksOf(rule);
/** Pairs that mean `centre`, with a spread so small that the first look able to decide does. */
const around = (centre: number, pairs: number) =>
  Array.from({ length: pairs }, (_, i) => centre + 1e-4 * Math.sin(i * i));

describe('levels of the looks', () => {
  it.each([1, 3, 6])('never add up to more than alpha and beta, with %i figures', (figures) => {
    const shared = ruleFor(figures, 0.05);
    const sum = (levels: number[]) => levels.reduce((total, level) => total + level, 0);
    const all = looksOf(shared);
    expect(shared.alpha).toBeCloseTo(0.01 / figures, 12);
    expect(sum(all.map(({ failLevel }) => failLevel))).toBeLessThanOrEqual(shared.alpha);
    expect(sum(all.map(({ failLevel }) => failLevel))).toBeGreaterThan(0.9 * shared.alpha);
    expect(sum(all.map(({ passLevel }) => passLevel))).toBeLessThanOrEqual(shared.beta);
  });

  it('spend nothing where so few pairs cannot decide, most at the end', () => {
    const levels = looks.map(({ failLevel }) => failLevel);
    expect(levels.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(Math.max(...levels)).toBe(levels.at(-1));
  });
});

describe('a decision', () => {
  it('is PASS as soon as a slowdown of the margin is ruled out', () => {
    expect(decide(around(0, 64), rule, looks)).toMatchObject({ verdict: 'pass', pairs: 20 });
    expect(decide(around(-0.3, 64), rule, looks).verdict).toBe('pass');
  });

  it('is FAIL as soon as a slowdown is certain', () => {
    expect(decide(around(0.08, 64), rule, looks)).toMatchObject({ verdict: 'fail', pairs: 32 });
  });

  it('lets a slowdown pass that is certain and smaller than the margin', () => {
    expect(decide(around(0.02, 64), rule, looks).verdict).toBe('pass');
  });

  it('waits for more pairs, and is inconclusive at the cap', () => {
    const restless = Array.from({ length: 64 }, (_, i) => (i % 4 < 2 ? 0.02 + i / 100 : 0.02 - i / 100));
    expect(decide([], rule, looks)).toMatchObject({ verdict: 'more', pairs: 0 });
    expect(decide(restless.slice(0, 39), rule, looks)).toMatchObject({ verdict: 'more', pairs: 32 });
    expect(decide(restless, rule, looks)).toMatchObject({ verdict: 'inconclusive', pairs: 64 });
  });

  it('stays as it was at the look that made it, whatever comes later', () => {
    const turned = [...around(0, 24), ...around(0.5, 40)];
    expect(decide(turned, rule, looks)).toMatchObject({ verdict: 'pass', pairs: 20 });
  });

  it('is not misled by what prefers the second place', () => {
    // 20 % for the second one, mirrored: the pairs swing, their means do not
    const swinging = around(0.08, 64).map((d, i) => d + (i % 2 === 0 ? 0.2 : -0.2));
    expect(decide(swinging, rule, looks)).toMatchObject({ verdict: 'fail', pairs: 32 });
  });
});

it('the margin is wider on a noisy machine', () => {
  expect([0.01, 0.075, 0.0751].map(marginFor)).toEqual([0.05, 0.05, 0.1]);
});
