import { describe, expect, it } from 'vitest';
import { backoffConformance } from '../../src/measures/backoff.js';
import { pull } from '../support/cuts.js';

const declared = (empties: number): number => Math.min(100, 10 * 2 ** (empties - 1));
/** Pulls of one body with these waits between them. */
const body = (tag: string, gaps: readonly number[]) => {
  const times = [1000];
  for (const gap of gaps) times.push(times.at(-1)! + gap);
  return times.map((t) => pull(tag, t));
};
const outside = (gaps: readonly number[]): number => backoffConformance(body('a', gaps), declared).outside;

describe('conformance to a back-off schedule', () => {
  it('follows the schedule through its growth to the cap', () => {
    const found = backoffConformance(body('a', [10, 20, 40, 80, 100, 100]), declared);
    expect(found).toMatchObject({ gaps: 6, outside: 0, bodies: 1 });
    expect(found.latenessMs).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['1 ms short', [9.001], 0],
    ['more than 1 ms short', [8.9], 1],
    ['5 ms long', [15], 0],
    ['more than 5 ms long where that is more than 10 %', [15.1], 1],
    ['10 % long where that is more than 5 ms', [10, 20, 40, 80, 110], 0],
    ['more than 10 % long', [10, 20, 40, 80, 110.1], 1],
    ['never growing', [10, 10, 10], 2],
  ])('judges a wait that is %s', (_name, gaps, expected) => {
    expect(outside(gaps)).toBe(expected);
  });

  it('takes bodies apart, and leaves totals out', () => {
    const mixed = [...body('a', [10]), ...body('b', [10]), pull('*', 1, 1), pull('*', 2, 2)];
    expect(backoffConformance(mixed, declared)).toMatchObject({ gaps: 2, outside: 0, bodies: 2 });
  });

  it('has no gaps from a body that was asked once', () => {
    expect(backoffConformance([pull('a', 1)], declared)).toMatchObject({ gaps: 0, bodies: 0 });
  });
});
