import { disturbedFrom, excusable } from '../measures/disturbance.js';
import type { Labels, Series } from '../measures/measure.js';
import { maxOf, meanOf, mergeSeries, minOf, quantileOf, sizeOf, violations } from '../measures/series.js';
import { type Aggregate, type Bar, BarError, type Operator, SelectorError } from './bars.js';
import { shareVerdict } from './binomial.js';
import type { Verdict } from './verdict.js';

/** One series that a bar may select. */
export interface Measured {
  readonly measure: string;
  readonly labels: Labels;
  readonly series: Series;
  /** How late the client itself was, p99 in the measure's unit; absent where its lateness does not enter the figure. */
  readonly clientLag?: number;
  /** Why the figures are not the server's alone. */
  readonly doubt?: string;
  /** Other work on the same cores makes it worse. */
  readonly timed?: true;
}

/** What else bears on a verdict. */
export interface Circumstances {
  /** The share of their cores that others took from server and client while it was measured, in [0, 1]. */
  readonly foreign: number;
}

export interface BarOutcome {
  readonly verdict: Verdict;
  /** The aggregate of the data; NaN without. */
  readonly actual: number;
  /** The limit as a number; NaN when it refers to what has no data. */
  readonly limit: number;
  readonly samples: number;
  /** Why it is not simply a pass; empty when it is. */
  readonly detail: string;
}

/**
 * Judges one bar. Pure: the same data give the same verdict.
 *
 * @throws BarError when there is no such measure, SelectorError when the bar selects none of its series: a typing error must not
 *   look like a pass
 */
export function evaluateBar(
  bar: Bar,
  measured: readonly Measured[],
  { foreign }: Circumstances = { foreign: 0 },
): BarOutcome {
  const chosen = select(bar, bar.selector, measured);
  const actual = aggregate(chosen.series, bar.aggregate);
  const samples = sizeOf(chosen.series);
  let limit = Number.NaN;
  const outcome = (verdict: Verdict, detail = ''): BarOutcome => ({ verdict, actual, limit, samples, detail });
  if (bar.limit.kind === 'absolute') limit = bar.limit.value;
  else {
    const { series, doubt } = select(bar, bar.limit.selector, measured);
    const against = missingSamples(series, bar.aggregate) || doubt;
    limit = bar.limit.factor * aggregate(series, bar.aggregate) + bar.limit.allowance;
    if (against !== undefined) return outcome('inconclusive', `reference: ${against}`);
  }
  const tooFew = missingSamples(chosen.series, bar.aggregate);
  if (tooFew !== '') return outcome('inconclusive', tooFew);
  if (Number.isNaN(actual) || Number.isNaN(limit)) return outcome('inconclusive', 'no figure');
  if (chosen.doubt !== undefined) return outcome('inconclusive', chosen.doubt);
  const { clientLag: lag = 0 } = chosen;
  if (lag > limit / 4) {
    // It makes figures larger, by no more than this but in one of a hundred: what is beyond the limit all the same is the server's.
    const surely = judge(bar, chosen.series, limit + lag, Math.ceil(samples / 100));
    if (bar.aggregate.percentile === null || surely.verdict !== 'fail')
      return outcome('inconclusive', `the client itself was ${round(lag)} late, more than a quarter of the limit`);
  }
  const { verdict, detail } = judge(bar, chosen.series, limit, 0);
  if (verdict !== 'fail' || !chosen.timed || !explains(foreign, bar, chosen.series, limit))
    return outcome(verdict, detail);
  const others =
    foreign < 1
      ? `other processes took ${round(100 * foreign)} % of the cores`
      : 'other servers were asked on the same cores';
  return outcome('inconclusive', `${detail}, but ${others}`);
}

/** Whether a bar that failed would not have failed without the samples that others may have made late. */
function explains(foreign: number, bar: Bar, series: Series, limit: number): boolean {
  const counts = ['p', 'count', 'share'].includes(bar.aggregate.name);
  if (!counts) return foreign >= disturbedFrom;
  return judge(bar, series, limit, excusable(foreign, sizeOf(series))).verdict !== 'fail';
}

/** @param excused so many violations do not count */
function judge(bar: Bar, series: Series, limit: number, excused: number): { verdict: Verdict; detail: string } {
  const { aggregate: figure, operator } = bar;
  if (figure.percentile !== null) return judgePercentile(bar, figure.percentile, series, limit, excused);
  const counted = series.kind === 'count' ? { ...series, count: Math.max(0, series.count - excused) } : series;
  if (holds(aggregate(counted, figure), operator, limit)) return { verdict: 'pass', detail: '' };
  return { verdict: 'fail', detail: 'beyond the limit' };
}

/** A percentile bar counts violations: p(99) < 5 claims that fewer than 1 % of all are 5 or more. */
function judgePercentile(
  bar: Bar,
  percentile: number,
  series: Series,
  limit: number,
  excused: number,
): { verdict: Verdict; detail: string } {
  const over = violations(series, limit, bar.operator === '<');
  const size = sizeOf(series);
  const share = shareVerdict(Math.max(0, over - excused), size, 1 - percentile / 100);
  if (share === 'below') return { verdict: 'pass', detail: '' };
  const detail = `${over} of ${size} are over the limit`;
  if (share === 'above') return { verdict: 'fail', detail };
  return { verdict: 'inconclusive', detail: `${detail}: too close to call` };
}

/** All series under the selector, as one. */
function select(bar: Bar, selector: Labels, measured: readonly Measured[]): Measured {
  const named = measured.filter((each) => each.measure === bar.measure);
  const found = named.filter((each) =>
    Object.entries(selector).every(([label, value]) => each.labels[label] === value),
  );
  const [first, ...others] = found;
  if (!first) {
    const nothing = `bar ${JSON.stringify(bar.text)}: nothing matches ${bar.measure}${show(selector)}`;
    if (named.length === 0) throw new BarError(`${nothing}; there is no such measure here`);
    throw new SelectorError(`${nothing}; there is ${named.map(labelled).join(', ')}`);
  }
  const series = others.reduce((all, next) => mergeSeries(all, next.series), first.series);
  const lag = Math.max(...found.map(({ clientLag }) => clientLag ?? 0));
  const doubt = found.find((each) => each.doubt !== undefined)?.doubt;
  return {
    ...{ ...first, labels: selector, series },
    ...(lag > 0 ? { clientLag: lag } : {}),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

function aggregate(series: Series, { name, percentile }: Aggregate): number {
  if (name === 'p') return quantileOf(series, percentile!);
  if (name === 'count') return series.kind === 'count' ? series.count : sizeOf(series);
  if (name === 'min') return minOf(series);
  return name === 'max' ? maxOf(series) : meanOf(series); // `share` of a count and `value` of one figure are its mean
}

/** Percentiles need samples: 300 for the 99th, 3,000 for the 99.9th; anything needs one. */
function missingSamples(series: Series, { percentile }: Aggregate): string {
  const size = sizeOf(series);
  if (size === 0) return 'no data';
  const needed = percentile === null ? 1 : samplesNeeded(percentile);
  return size < needed ? `${size} samples, p(${percentile}) needs ${needed}` : '';
}

export function samplesNeeded(percentile: number): number {
  const tail = Math.min(percentile, 100 - percentile) / 100;
  return Math.ceil(3 / tail - 1e-9);
}

export function holds(actual: number, operator: Operator, limit: number): boolean {
  if (operator === '<') return actual < limit;
  if (operator === '<=') return actual <= limit;
  if (operator === '>') return actual > limit;
  return operator === '>=' ? actual >= limit : actual === limit;
}

const labelled = ({ measure, labels }: Measured): string => measure + show(labels);
const round = (value: number): string => String(Number(value.toPrecision(3)));

function show(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}:${value}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
