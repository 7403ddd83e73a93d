import { countAbove, mergeHistograms, percentile } from './histogram.js';
import type { Series } from './measure.js';

/** How many observations (of a count: trials) stand behind it. */
export function sizeOf(series: Series): number {
  if (series.kind === 'values') return series.values.length;
  return series.kind === 'histogram' ? series.histogram.count : series.of;
}

/**
 * The smallest observation that at least `p` percent of all do not exceed.
 *
 * @param p in (0, 100]
 * @returns NaN without data, and for counts
 */
export function quantileOf(series: Series, p: number): number {
  if (series.kind === 'histogram') return percentile(series.histogram, p) * series.scale;
  if (series.kind === 'count' || series.values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(series.values).sort();
  return sorted[Math.max(1, Math.ceil((p / 100) * sorted.length - 1e-9)) - 1]!;
}

/** NaN without data; of a count: the share of trials. */
export function meanOf(series: Series): number {
  const size = sizeOf(series);
  if (size === 0) return Number.NaN;
  if (series.kind === 'count') return series.count / size;
  if (series.kind === 'histogram') return (series.histogram.sum / size) * series.scale;
  return series.values.reduce((sum, value) => sum + value, 0) / size;
}

/** NaN without data. */
export function minOf(series: Series): number {
  if (sizeOf(series) === 0 || series.kind === 'count') return Number.NaN;
  return series.kind === 'histogram' ? series.histogram.min * series.scale : Math.min(...series.values);
}

/** NaN without data. */
export function maxOf(series: Series): number {
  if (sizeOf(series) === 0 || series.kind === 'count') return Number.NaN;
  return series.kind === 'histogram' ? series.histogram.max * series.scale : Math.max(...series.values);
}

/** How many observations lie above `limit`, or at it where `orAt` says so: the violations of a percentile bar. */
export function violations(series: Series, limit: number, orAt = false): number {
  if (series.kind === 'count') return 0;
  if (series.kind === 'histogram') return countAbove(series.histogram, limit / series.scale);
  return series.values.filter((value) => value > limit || (orAt && value === limit)).length;
}

/**
 * All observations of two series of one measure.
 *
 * @throws TypeError when one is a count and the other is not
 */
export function mergeSeries(a: Series, b: Series): Series {
  if (a.kind === 'values' && b.kind === 'values') return { kind: 'values', values: [...a.values, ...b.values] };
  if (a.kind === 'count' && b.kind === 'count') return { kind: 'count', count: a.count + b.count, of: a.of + b.of };
  if (a.kind === 'histogram' && b.kind === 'histogram' && a.scale === b.scale)
    return { kind: 'histogram', histogram: mergeHistograms(a.histogram, b.histogram), scale: a.scale };
  throw new TypeError(`a series of kind ${a.kind} cannot be merged with one of kind ${b.kind}`);
}
