import { criticalValue } from './signed-rank.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The means of all pairs of differences, each with itself too: n(n+1)/2 of them, ascending. */
export function walshAverages(differences: readonly number[]): Float64Array {
  const n = differences.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) averages[at++] = (differences[i]! + differences[j]!) / 2;
  return averages.sort();
}

/**
 * The Hodges–Lehmann estimate of the centre: the median of the Walsh averages. Almost as sharp as the mean for normal
 * noise, and a wild pair or two cannot move it far.
 *
 * @returns NaN without data
 */
export function hodgesLehmann(differences: readonly number[]): number {
  return medianOfSorted(walshAverages(differences));
}

/**
 * The centres that the exact signed-rank test does not reject, by counting off Walsh averages from both ends.
 * With ties it covers at least as often as it says.
 *
 * @param confidence in (0, 1), two-sided
 * @returns infinite bounds when there are too few differences for that much confidence
 */
export function interval(differences: readonly number[], confidence: number): Interval {
  const averages = walshAverages(differences);
  // Below the critical value nothing is rejected: so many averages may lie beyond the bound.
  const beyond = averages.length + 1 - criticalValue(differences.length, (1 - confidence) / 2);
  if (beyond < 1) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { low: averages[beyond - 1]!, high: averages[averages.length - beyond]! };
}

function medianOfSorted(sorted: Float64Array): number {
  const { length } = sorted;
  if (length === 0) return Number.NaN;
  const middle = length >> 1;
  return length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
