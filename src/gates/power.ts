import { normalQuantile } from './statistics/normal.js';
import { attainableLevel } from './statistics/signed-rank.js';
import { robustDeviation } from './statistics/spread.js';

/** Efficiency of the signed-rank test for normal noise, beside the t-test: 3/π. Heavier tails are in its favour. */
const efficiency = 3 / Math.PI;

/**
 * What a run could have detected: a statement about the run, which decides nothing.
 *
 * @param differences the pairs of one figure, ln(candidate ÷ baseline)
 * @param alpha what may be spent up to and with these pairs
 * @param power how surely it would have been detected
 * @returns the smallest slowdown, as a share, that a test of these pairs flags with that power at the spread they show;
 *   NaN when so few pairs can flag nothing
 */
export function detectableSlowdown(differences: readonly number[], alpha: number, power = 0.95): number {
  const pairs = differences.length;
  const level = pairs === 0 ? 0 : attainableLevel(pairs, alpha);
  if (level === 0) return Number.NaN;
  const deviation = robustDeviation(differences);
  const distance = normalQuantile(1 - level) + normalQuantile(power);
  return Math.expm1((distance * deviation) / Math.sqrt(efficiency * pairs));
}
