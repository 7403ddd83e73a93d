import { describe, expect, it } from 'vitest';
import { count, type Measure, values } from '../../src/measures/measure.js';
import type { MeasureResult } from '../../src/reports/model.js';
import { ResultBuilder } from '../../src/runner/result.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { nodeHttp } from '../../src/targets/node-http.js';
import type { KnownLimit } from '../../src/targets/target.js';

const measure = (name: string): Measure => ({ name, title: name, unit: 'ms', better: 'lower', what: name });
const [first, second] = [measure('first'), measure('second')];
const scenario: Scenario = {
  name: 'one',
  group: 'test',
  question: 'Is it?',
  needs: [],
  measures: [first, second],
  bars: ['first max < 5', 'second count == 0'],
  seconds: { quick: 1, default: 1, full: 1 },
  run: async () => {},
};

function builder(knownLimits: readonly KnownLimit[] = []) {
  const kept: Record<string, unknown>[] = [];
  return { kept, result: new ResultBuilder(scenario, { ...nodeHttp, knownLimits }, (record) => kept.push(record)) };
}

describe('a result', () => {
  it('gathers the rounds, in the order in which measures are declared, and is judged by its bars', () => {
    const { result, kept } = builder();
    result.add(0, second, {}, count(0, 5));
    result.add(0, first, {}, values([1]));
    result.add(1, first, {}, values([2]));
    const finished = result.finish();
    expect(finished.verdict).toBe('pass');
    expect(finished.measures.map(({ name, series }) => [name, series])).toEqual([
      ['first', values([1, 2])],
      ['second', count(0, 5)],
    ]);
    expect(kept).toHaveLength(3);
    expect(kept[2]).toMatchObject({ type: 'measure', round: 1, measure: 'first', series: values([2]) });
  });

  it('keeps the figures of each round, and bounds the whole by them', () => {
    const { result } = builder();
    const round = (around: number) => values(Array.from({ length: 400 }, (_, i) => around + i / 1e4));
    for (const [index, around] of [1, 1.2, 1.4].entries()) result.add(index, first, {}, round(around));
    result.add(0, second, {}, count(0, 5));
    const [{ rounds, intervals }, counted] = result.finish().measures as [MeasureResult, MeasureResult];
    expect(rounds!.p50!.map((each) => each.toFixed(2))).toEqual(['1.02', '1.22', '1.42']);
    expect(Object.keys(rounds!)).toEqual(['p50', 'p99']);
    const [low, high] = intervals!.p50!;
    // Student's of three: 4.3 × 0.2 ÷ √3 to either side.
    expect(low).toBeCloseTo(1.22 - 0.497, 2);
    expect(high).toBeCloseTo(1.22 + 0.497, 2);
    expect(counted.rounds).toBeUndefined();
  });

  it('of a single round is bounded by its samples alone', () => {
    const { result } = builder();
    result.add(0, first, {}, values([1, 2, 3, 4, 5, 6]));
    result.add(0, second, {}, count(0, 5));
    const [alone] = result.finish().measures;
    expect(alone).toMatchObject({ intervals: { p50: [1, 6] } });
    expect(alone!.rounds).toBeUndefined();
  });

  it('fails with its worst bar, and says what was found', () => {
    const { result } = builder();
    result.add(0, first, {}, values([7]));
    result.add(0, second, {}, count(0, 5));
    const { verdict, bars } = result.finish();
    expect(verdict).toBe('fail');
    expect(bars.map((each) => [each.verdict, each.actual, each.limit])).toEqual([
      ['fail', 7, 5],
      ['pass', 0, 0],
    ]);
  });

  it('what is not a number is no data', () => {
    const { result } = builder();
    result.add(0, first, {}, values([Number.NaN]));
    result.add(0, second, {}, count(0, 5));
    expect(result.finish()).toMatchObject({ verdict: 'inconclusive', bars: [{ actual: null, detail: 'no data' }, {}] });
  });

  it('a bar on a measure that the target cannot give is skipped, with the reason', () => {
    const { result } = builder();
    result.add(0, first, {}, values([1]));
    result.absent(second, 'it does not say');
    expect(result.finish()).toMatchObject({
      verdict: 'pass',
      bars: [{ verdict: 'pass' }, { verdict: 'skipped', detail: 'it does not say' }],
    });
  });

  it('a bar on a measure that was forgotten is an error', () => {
    const { result } = builder();
    result.add(0, first, {}, values([1]));
    expect(() => result.finish()).toThrow(/nothing matches second/);
  });

  it('a measure that the scenario does not declare is an error', () => {
    expect(() => builder().result.add(0, measure('third'), {}, values([1]))).toThrow(/does not declare/);
  });

  it('a known limit stands in for the bar, in the open', () => {
    const limit = { scenario: 'one', bar: 'first max < 5', instead: 'first max < 50', reason: 'slow by nature' };
    const { result } = builder([limit]);
    result.add(0, first, {}, values([7]));
    result.add(0, second, {}, count(0, 5));
    expect(result.finish()).toMatchObject({
      verdict: 'pass',
      bars: [{ text: 'first max < 50', knownLimit: { original: 'first max < 5', reason: 'slow by nature' } }, {}],
    });
  });

  it.each([
    ['skipped', 'skipped'],
    ['server', 'fail'],
    ['interrupted', 'inconclusive'],
    ['testbed', 'inconclusive'],
  ] as const)('that was broken off (%s) is %s, and keeps what was measured', (kind, verdict) => {
    const { result } = builder();
    result.add(0, first, {}, values([7]));
    result.fail(kind, 'because');
    result.fail('testbed', 'later');
    expect(result.finish()).toMatchObject({ verdict, problem: 'because', bars: [], measures: [{ name: 'first' }] });
  });

  it('counts excluded samples by reason', () => {
    const { result } = builder();
    result.exclude({ a: 1, b: 2 });
    result.exclude({ a: 1 });
    result.fail('interrupted', 'x');
    expect(result.finish().excluded).toEqual({ a: 2, b: 2 });
  });
});
