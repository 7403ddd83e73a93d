import { describe, expect, it } from 'vitest';
import { parseBar } from '../../src/gates/bars.js';
import { evaluateBar } from '../../src/gates/evaluate.js';
import { doubtOf } from '../../src/measures/headroom.js';
import { values } from '../../src/measures/measure.js';

describe('the headroom of the load generator', () => {
  it.each([2, 2.5, 100])('of %d raises no doubt', (headroom) => expect(doubtOf(headroom)).toBeNull());

  it.each([
    [1.99, /only 1.99 times as much, not 2 times: the throughput is at least this/],
    [0.9, /only 0.90 times/],
    [Number.NaN, /not known/],
  ])('of %d does', (headroom, reason) => expect(doubtOf(headroom)).toMatch(reason));
});

it('a bar on a doubtful figure is inconclusive, however good the figure', () => {
  const series = values([1000]);
  const bar = parseBar('requests_per_second min >= 10');
  const measured = { measure: 'requests_per_second', labels: {}, series };
  expect(evaluateBar(bar, [measured]).verdict).toBe('pass');
  expect(evaluateBar(bar, [{ ...measured, doubt: 'why' }])).toMatchObject({ verdict: 'inconclusive', detail: 'why' });
});
