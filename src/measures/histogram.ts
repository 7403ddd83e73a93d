/**
 * A latency histogram with a fixed relative error (HDR layout): values up to 2,047 are exact, larger ones fall into
 * buckets of a power of two with 1,024 steps each, so a value read back is at most 0.1 % off.
 *
 * ```
 * value   0 … 2047   2048 … 4095   4096 … 8191   …  ≤ 2^36 (69 s in ns; more is counted as that)
 * step          1             2             4
 * index   0 … 2047   2048 … 3071   3072 … 4095   …
 * ```
 */
export interface HistogramData {
  readonly count: number;
  /** Exact; both 0 when empty. */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Only buckets that hold something, indices ascending. */
  readonly buckets: readonly BucketCount[];
}

/** Bucket index, then how many values it holds. */
export type BucketCount = readonly [index: number, count: number];

const subBits = 10;
const exactBelow = 2 ** (subBits + 1);
const highest = 2 ** 36;

export const emptyHistogram: HistogramData = { count: 0, min: 0, max: 0, sum: 0, buckets: [] };

/** Bucket of a value ≥ 0; fractions are cut off. */
export function bucketOf(value: number): number {
  const whole = Math.min(Math.floor(value), highest);
  if (whole < exactBelow) return whole;
  const shift = Math.floor(Math.log2(whole)) - subBits;
  return shift * 2 ** subBits + Math.floor(whole / 2 ** shift);
}

/** Largest value that falls into the bucket: what a percentile reports. */
export function bucketTop(index: number): number {
  if (index < exactBelow) return index;
  const shift = Math.floor(index / 2 ** subBits) - 1;
  return ((index % 2 ** subBits) + 2 ** subBits + 1) * 2 ** shift - 1;
}

/** From single values, for tests and for figures that do not come from the client. */
export function histogramOf(values: Iterable<number>): HistogramData {
  const counts = new Map<number, number>();
  let [count, min, max, sum] = [0, Number.POSITIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (!(value >= 0)) throw new RangeError(`a histogram takes values >= 0, got ${value}`);
    const index = bucketOf(value);
    counts.set(index, (counts.get(index) ?? 0) + 1);
    count++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { count, min: count === 0 ? 0 : min, max, sum, buckets: sorted(counts) };
}

/** All values of all parts. */
export function mergeHistograms(...parts: readonly HistogramData[]): HistogramData {
  const filled = parts.filter((part) => part.count > 0);
  if (filled.length === 0) return emptyHistogram;
  const counts = new Map<number, number>();
  for (const part of filled) {
    for (const [index, count] of part.buckets) counts.set(index, (counts.get(index) ?? 0) + count);
  }
  return {
    count: filled.reduce((total, part) => total + part.count, 0),
    min: Math.min(...filled.map((part) => part.min)),
    max: Math.max(...filled.map((part) => part.max)),
    sum: filled.reduce((total, part) => total + part.sum, 0),
    buckets: sorted(counts),
  };
}

/**
 * The smallest recorded value (to 0.1 %) that at least `p` percent of all values do not exceed.
 *
 * @param p in (0, 100]; 50 is the median
 * @returns NaN when the histogram is empty: absent is not zero
 */
export function percentile(histogram: HistogramData, p: number): number {
  if (!(p > 0 && p <= 100)) throw new RangeError(`a percentile is in (0, 100], got ${p}`);
  if (histogram.count === 0) return Number.NaN;
  // The tiny slack keeps 99.9 % of 1,000 at rank 999 despite binary fractions.
  const rank = Math.max(1, Math.ceil((p / 100) * histogram.count - 1e-9));
  let seen = 0;
  for (const [index, count] of histogram.buckets) {
    seen += count;
    if (seen >= rank) return Math.max(histogram.min, Math.min(bucketTop(index), histogram.max));
  }
  return histogram.max;
}

/** How many values exceed `limit`, give or take the width of one bucket. For exact binomial bounds on percentiles. */
export function countAbove(histogram: HistogramData, limit: number): number {
  if (limit >= histogram.max) return 0;
  const bound = bucketOf(Math.max(0, limit));
  return histogram.buckets.reduce((total, [index, count]) => (index > bound ? total + count : total), 0);
}

/** NaN when empty. */
export function mean(histogram: HistogramData): number {
  return histogram.count === 0 ? Number.NaN : histogram.sum / histogram.count;
}

function sorted(counts: ReadonlyMap<number, number>): BucketCount[] {
  return [...counts].sort(([a], [b]) => a - b);
}
