import { parseBar } from '../gates/bars.js';
import { evaluateBar } from '../gates/evaluate.js';
import type { BarResult, MeasureResult, Result } from '../reports/model.js';
import { disturbedFrom } from './disturbance.js';
import type { Measure } from './measure.js';

export const calibrationOff: Measure = {
  name: 'calibration_off',
  title: 'reported figure off the known one',
  unit: 'of the tolerance',
  better: 'lower',
  timed: true,
  what: 'how far what the testbed reports is from what a calibrated server does: 1 is as far as it may be',
};

export const misattributed: Measure = {
  name: 'misattributed',
  title: 'verdicts on calibrated servers that are wrong',
  unit: 'verdicts',
  better: 'lower',
  what: 'bars that a known flaw should break and does not, and bars that it should not break and does',
};

/**
 * A figure that the testbed must report.
 *
 * - `time`: to 2 % or 0.3 ms, whichever is more
 * - `memory`: to 5 %
 * - `count`: exactly
 */
export interface Known {
  /** Measure, selector and aggregate, as in a bar: `notice_app_ms{cut:fin} p(50)`. */
  readonly figure: string;
  readonly is: number;
  readonly kind: 'time' | 'memory' | 'count';
  /** What is known is the difference to this figure; of the flawless server, where `ofFlawless`. */
  readonly beyond?: string;
  readonly ofFlawless?: true;
}

/** What is expected of a calibrated server's result. */
export interface Expectations {
  readonly known: readonly Known[];
  /** Beginnings of the bars that must fail: `notice_app_ms{cut:fin}`. */
  readonly breaks: readonly string[];
  /** Beginnings of the bars that can have no data, and so must be inconclusive. */
  readonly empties?: readonly string[];
}

export interface Calibration {
  /** For each known figure what was reported, and the distance as a multiple of the tolerance; NaN without a figure. */
  readonly figures: readonly { readonly known: Known; readonly reported: number; readonly off: number }[];
  /** Wrong verdicts and figures that are missing, in words. */
  readonly wrong: readonly string[];
  readonly verdicts: number;
}

export function toleranceOf({ kind, is }: Pick<Known, 'kind' | 'is'>): number {
  if (kind === 'time') return Math.max(0.02 * Math.abs(is), 0.3);
  return kind === 'memory' ? 0.05 * Math.abs(is) : 0;
}

/**
 * Compares what the testbed says about a server with what is known of it. Pure.
 *
 * @param flawless the result of the same scenario on a server without the flaw: a time that breaks its bar, and differs from what it is
 *   there by no more than its tolerance, is the machine's and says nothing about the flaw
 * @throws BarError for a figure or a beginning of a bar that the scenario does not have
 */
export function calibrate(result: Result, expected: Expectations, flawless: Result | null = null): Calibration {
  const figures = expected.known.map((known) => {
    const base = known.beyond === undefined ? 0 : reportedBy(known.ofFlawless ? flawless! : result, known.beyond);
    const reported = reportedBy(result, known.figure) - base;
    return { known, reported, off: distance(reported, known) };
  });
  const missing = figures.filter(({ off }) => Number.isNaN(off)).map(({ known }) => `no figure for ${known.figure}`);
  return { figures, wrong: [...missing, ...wrongVerdicts(result, expected, flawless)], verdicts: result.bars.length };
}

/** Whether `calibrate` would say something else if it knew the server without the flaw: a time broke a bar that it should not break. */
export function needsFlawless(result: Result, { known, breaks }: Expectations): boolean {
  if (known.some(({ ofFlawless }) => ofFlawless)) return true;
  return result.bars.some(({ text, verdict, unit }) => verdict === 'fail' && unit === 'ms' && !begins(text, breaks));
}

function begins(text: string, list: readonly string[]): boolean {
  return list.some((each) => text.startsWith(each));
}

/** Exact figures are right or infinitely wrong; rounding of a division does not count. */
function distance(reported: number, known: Known): number {
  const tolerance = toleranceOf(known);
  const difference = Math.abs(reported - known.is);
  if (tolerance > 0) return difference / tolerance;
  if (Number.isNaN(difference)) return difference;
  return difference < 1e-9 ? 0 : 1000;
}

function reportedBy({ measures }: Result, figure: string): number {
  const measured = measures.map(({ name, ...rest }: MeasureResult) => ({ measure: name, ...rest }));
  return evaluateBar(parseBar(`${figure} <= 0`), measured).actual;
}

function wrongVerdicts(result: Result, { breaks, empties = [] }: Expectations, flawless: Result | null): string[] {
  for (const beginning of [...breaks, ...empties])
    if (!result.bars.some(({ text }) => text.startsWith(beginning)))
      throw new Error(`self-check: ${result.scenario} has no bar that begins with ${beginning}`);
  return result.bars.flatMap((bar) => {
    const { text, verdict } = bar;
    // What other work on the machine leaves undecided is no verdict.
    if (verdict === 'inconclusive' && result.disturbance >= disturbedFrom) return [];
    if (verdict === 'fail' && !begins(text, breaks) && isMachines(bar, flawless)) return [];
    const right = begins(text, breaks)
      ? verdict === 'fail'
      : begins(text, empties)
        ? verdict === 'inconclusive'
        : verdict !== 'fail';
    return right ? [] : [`${text} is ${verdict}`];
  });
}

/** Whether a time that breaks its bar is what it is without the flaw, as far as times are told apart. */
function isMachines({ text, actual, unit }: BarResult, flawless: Result | null): boolean {
  const without = flawless?.bars.find((bar) => bar.text === text);
  if (!without || unit !== 'ms' || actual === null || without.actual === null) return false;
  return Math.abs(actual - without.actual) <= toleranceOf({ kind: 'time', is: without.actual });
}
