import { disturbedFrom } from '../measures/disturbance.js';
import { bucketOf } from '../measures/histogram.js';
import type { MeasureResult, Result } from './model.js';
import { figure } from './text.js';

/**
 * A figure of a measure as text, with a sign where it is a lower bound: in doubt, since the generator may have been the limit and
 * the server may be able to do more; and in a histogram's last bucket, which holds all that is larger, too.
 *
 * @param value a figure of its series, in the measure's unit
 */
export function bounded({ doubt, series }: MeasureResult, value: number): string {
  const beyond = series.kind === 'histogram' && bucketOf(value / series.scale) === lastBucket;
  return (doubt !== undefined || beyond ? '≥ ' : '') + figure(value);
}

const lastBucket = bucketOf(Number.POSITIVE_INFINITY);

/** One measure in one run. */
export interface Observed {
  readonly result: Pick<Result, 'disturbance'>;
  readonly measure: MeasureResult;
}

/**
 * Why a difference between two runs may be something else's than the servers'; null: nothing is known against it.
 *
 * The rules are those of the bars (`gates/evaluate.ts`), with the difference in the place of the limit.
 */
export function doubtOfDifference(before: Observed, after: Observed, difference: number): string | null {
  const own = jointDoubt(before.measure, after.measure);
  if (own !== undefined) return own;
  if (difference === 0) return null;
  const foreign = Math.max(before.result.disturbance, after.result.disturbance);
  if ((before.measure.timed || after.measure.timed) && foreign >= disturbedFrom)
    return `other processes took up to ${Math.round(100 * foreign)} % of the cores`;
  const lag = Math.max(before.measure.clientLag ?? 0, after.measure.clientLag ?? 0);
  if (lag > Math.abs(difference) / 4)
    return `the client itself was up to ${figure(lag)}${before.measure.unit === '' ? '' : ` ${before.measure.unit}`} late, more than a quarter of the difference`;
  return null;
}

/** A figure in two runs. */
interface Drift {
  readonly before: number;
  readonly after: number;
}

/** From this share of a difference on, the control's own makes it doubtful: a machine that is slower is not so for all alike. */
const driftShare = 0.5;
/** Less is no drift. */
const leastDrift = 0.05;

/**
 * The control is the same program in both runs: where it changed too, and the same way, the machine was another, and what that did
 * to the others cannot be told from what they did. Null: the control says nothing against the difference.
 */
export function doubtByControl(change: Drift, control: Drift): string | null {
  const [own, drift] = [change, control].map(({ before, after }) => (after - before) / before) as [number, number];
  if (!Number.isFinite(own) || !Number.isFinite(drift) || Math.abs(drift) < leastDrift) return null;
  if (Math.sign(own) !== Math.sign(drift) || Math.abs(drift) < driftShare * Math.abs(own)) return null;
  return 'the control, the same in both runs, changed as well: the machine was faster in one of them';
}

/** What is in doubt stays so beside what is not. */
export function jointDoubt(a: Pick<MeasureResult, 'doubt'>, b: Pick<MeasureResult, 'doubt'>): string | undefined {
  const doubts = [...new Set([a.doubt, b.doubt])].filter((doubt) => doubt !== undefined);
  return doubts.length === 0 ? undefined : doubts.join('; ');
}
