import { mirroredMeans } from './statistics/mirrored.js';
import { normalQuantile } from './statistics/normal.js';
import { attainableLevel } from './statistics/signed-rank.js';
import { robustDeviation } from './statistics/spread.js';

/** Efficiency of the signed-rank test for normal noise, beside the t-test. Heavier tails are in its favour. */
const efficiency = 3 / Math.PI;

/** Noise of one slot, as a share: what the pairs of one figure show. NaN with fewer than four pairs. */
export function slotNoise(differences: readonly number[]): number {
  return robustDeviation(mirroredMeans(differences));
}

/**
 * What a run could have detected: a statement about the run, which decides nothing.
 *
 * @param differences the pairs of one figure, as for `decide`
 * @param alpha the figure's alpha
 * @param power how surely it would have been detected
 * @returns the smallest slowdown, as a share, that one test of these pairs flags with that power at the spread they show;
 *   NaN when so few pairs can flag nothing
 */
export function detectableSlowdown(differences: readonly number[], alpha: number, power = 0.95): number {
  const means = mirroredMeans(differences);
  const level = attainableLevel(means.length, alpha);
  if (level === 0) return Number.NaN;
  const distance = normalQuantile(1 - level) + normalQuantile(power);
  return Math.expm1((distance * robustDeviation(means)) / Math.sqrt(efficiency * means.length));
}
