/** NaN without data. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The standard deviation of normal data has this many median absolute deviations. */
const perDeviation = 1.4826;

/**
 * Spread that single wild values do not blow up: the median absolute deviation, scaled to be the standard deviation of
 * normal data.
 *
 * @returns NaN with fewer than two values
 */
export function robustDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = median(values);
  return perDeviation * median(values.map((value) => Math.abs(value - centre)));
}
