import { marginOfMean } from '../../measures/difference.js';
import type { Series } from '../../measures/measure.js';
import { quantileOf, sizeOf } from '../../measures/series.js';
import { lowerBound, upperBound } from './clopper-pearson.js';

/** Null: so few observations do not bound it on that side. */
export type Interval = readonly [low: number | null, high: number | null];

/** Of 100 intervals so many hold the true figure, or more. */
const confidence = 0.95;
const tail = (1 - confidence) / 2;

/**
 * Exact interval for a percentile, from order statistics: how many of n observations lie below the true percentile is
 * binomial, whatever their distribution (Conover, Practical Nonparametric Statistics, 3.2).
 *
 * @param p in (0, 100)
 */
export function quantileInterval(series: Series, p: number): Interval {
  const size = series.kind === 'count' ? 0 : sizeOf(series);
  const [low, above] = ranks(size, p / 100);
  const at = (rank: number): number | null =>
    rank >= 1 && rank <= size ? quantileOf(series, (rank / size) * 100) : null;
  return [at(low), at(above + 1)];
}

/** Of a share, by its count (Clopper and Pearson). */
export function shareInterval(count: number, of: number): Interval {
  return of === 0 ? [null, null] : [lowerBound(count, of, 1 - tail), upperBound(count, of, 1 - tail)];
}

/** From so many samples on each is said. */
const said = [
  [50, 6],
  [99, 300],
  [99.9, 3000],
] as const;

/** Figures of each round, by the name of the percentile. */
export type RoundFigures = Readonly<Record<string, readonly number[]>>;

/**
 * What its samples bound: `p50`, `p99`, `p99.9`, or the `share` of a count. Samples of one round share a server's start, and
 * what it made of code and heap: from three rounds on, an interval holds Student's of the rounds' own figures, too.
 */
export function intervalsOf(series: Series, rounds: RoundFigures = {}): Record<string, Interval> {
  if (series.kind === 'count') return series.of === 0 ? {} : { share: shareInterval(series.count, series.of) };
  const found = said.map(([p, from]) => {
    const inside: Interval | null = sizeOf(series) >= from ? quantileInterval(series, p) : null;
    return [`p${p}`, wider(inside, quantileOf(series, p), rounds[`p${p}`] ?? [])] as const;
  });
  return Object.fromEntries(found.flatMap(([name, interval]) => (interval === null ? [] : [[name, interval]])));
}

/** Of one round: those of its percentiles that it has enough samples for. A single figure is its own median. */
export function figuresOfRound(series: Series): Record<string, number> {
  const size = sizeOf(series);
  if (series.kind === 'count' || size === 0) return {};
  const enough = said.filter(([p, from]) => size >= from || p === 50);
  return Object.fromEntries(enough.map(([p]) => [`p${p}`, quantileOf(series, p)]));
}

function wider(inside: Interval | null, figure: number, rounds: readonly number[]): Interval | null {
  const margin = marginOfMean(rounds);
  if (margin === null) return inside;
  const [low, high] = inside ?? [figure, figure];
  return [low && Math.min(low, figure - margin), high && Math.max(high, figure + margin)];
}

/** @returns the smallest k with P(X ≤ k) > tail, and the smallest with P(X ≤ k) ≥ 1 − tail; X ~ Binomial(n, p) */
function ranks(n: number, p: number): readonly [number, number] {
  const logOdds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  let k = 0;
  const next = (): void => {
    k++;
    log += Math.log((n - k + 1) / k) + logOdds;
    sum += Math.exp(log);
  };
  while (sum <= tail && k < n) next();
  const low = k;
  while (sum < 1 - tail && k < n) next();
  return [low, k];
}
