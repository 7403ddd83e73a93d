/** A figure with the interval in which it lies with 95 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** 95 % interval of a difference, in the unit of its figures. */
export type Interval = readonly [low: number, high: number];

/**
 * Half of Welch's t interval of the difference between two sets of rounds, which need not scatter alike.
 *
 * @returns null with fewer than three rounds on a side: they say nothing of their scatter
 */
export function marginOfRounds(before: readonly number[], after: readonly number[]): number | null {
  if (Math.min(before.length, after.length) < 3) return null;
  const [a, b] = [squaredError(before), squaredError(after)];
  if (a + b === 0) return 0;
  const freedom = (a + b) ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1));
  return studentT(freedom) * Math.sqrt(a + b);
}

/** Between two figures with intervals of their own, lopsided ones too: the square-and-add rule (Zou and Donner's MOVER). */
export function differenceOfEstimates(before: Estimate, after: Estimate): Interval {
  const difference = after.value - before.value;
  return [
    difference - Math.hypot(after.value - after.low, before.high - before.value),
    difference + Math.hypot(after.high - after.value, before.value - before.low),
  ];
}

/**
 * Half of the t interval of the mean of some rounds.
 *
 * @returns null with fewer than three
 */
export function marginOfMean(rounds: readonly number[]): number | null {
  return rounds.length < 3 ? null : studentT(rounds.length - 1) * Math.sqrt(squaredError(rounds));
}

/** Of a mean, squared. */
function squaredError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) / values.length;
}

const firstQuantiles = [12.706, 4.303, 3.182, 2.776];

/** Two-sided 95 % quantile; of the next lower whole number of degrees below five, Cornish and Fisher's series (to 0.2 %) from there on. */
export function studentT(freedom: number): number {
  const first = firstQuantiles[Math.max(1, Math.floor(freedom)) - 1];
  if (first !== undefined) return first;
  const z = 1.959964;
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
