import type { HistogramData } from './histogram.js';

/** A named figure: what it counts, in which unit, and which way is better. One per concept, declared beside the function that computes it. */
export interface Measure {
  /** `snake_case`, the unit last where there is one: `notice_app_ms`. Bars and results use it. */
  readonly name: string;
  /** The same in words, for a table. */
  readonly title: string;
  /** Empty for plain numbers. */
  readonly unit: string;
  /** Kept with the results, but not worth a line in the first table. */
  readonly detail?: true;
  readonly better: 'lower' | 'higher';
  /** Other work on the same cores makes it worse, so that a disturbed round cannot show a failure. */
  readonly timed?: true;
  /** One line: what a reader of the report learns from it. */
  readonly what: string;
}

/** What tells apart several series of one measure: `{cut: 'fin'}`, `{phase: 'during'}`. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The data of one series.
 *
 * - `values`: single figures in the measure's unit, one an observation
 * - `histogram`: many observations; `scale` turns its integers into the measure's unit (nanoseconds to ms: 1e-6)
 * - `count`: how many of `of` trials had the property. `of: 0` is no data, which is not the same as none
 */
export type Series =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  | { readonly kind: 'histogram'; readonly histogram: HistogramData; readonly scale: number }
  | { readonly kind: 'count'; readonly count: number; readonly of: number };

export const values = (list: readonly number[]): Series => ({ kind: 'values', values: list });
export const nanosecondsAsMs = (histogram: HistogramData): Series => ({ kind: 'histogram', histogram, scale: 1e-6 });
export const count = (found: number, of: number): Series => ({ kind: 'count', count: found, of });
