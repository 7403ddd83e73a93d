import { robustDeviation } from './statistics/spread.js';
import { exitCodes, type Verdict } from './verdict.js';

/**
 * - `invalid`: the machine was too restless for timings to mean anything
 * - `no-baseline`: there is nothing to compare with
 */
export type GateVerdict = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'no-baseline' | 'interrupted';

/** What became of one gated figure. */
export interface FigureVerdict {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'more' | 'inconclusive';
}

export interface GateFindings {
  readonly figures: readonly FigureVerdict[];
  /** Verdicts of the candidate's fault bars; none when the gate was about costs alone. */
  readonly faultBars: readonly Verdict[];
  /** Costs of the control slots, > 0, in the order in which they ran. */
  readonly controls: readonly number[];
  readonly baseline: boolean;
  readonly interrupted: boolean;
}

/** What an inconclusive gate tells its caller: its own code, nothing, or the same as a regression. */
export type InconclusivePolicy = 'exit' | 'warn' | 'fail';

export interface GateOutcome {
  readonly verdict: GateVerdict;
  readonly exitCode: number;
  /** One line for each thing that decided. */
  readonly reasons: readonly string[];
}

/** Spread of the control slots from which on a run is invalid, as a share. */
export const controlSpreadLimit = 0.15;
/** With fewer controls there is no spread to speak of. */
const fewestControls = 4;

/** Robust deviation of ln(cost) over the control slots: 0.05 is 5 %. NaN when there are too few. */
export function controlSpread(controls: readonly number[]): number {
  return controls.length < fewestControls ? Number.NaN : robustDeviation(controls.map(Math.log));
}

/**
 * One verdict out of all that a gate found. The first of these that applies:
 *
 * | | exit code |
 * |---|---|
 * | interrupted | 130 |
 * | no baseline | 30 |
 * | a fault bar is broken: that holds on a restless machine too | 11 |
 * | the controls are spread too far | 21 |
 * | a figure failed | 10 |
 * | a figure or a fault bar is undecided, or nothing was gated | 20, or as `policy` says |
 * | all figures and bars passed | 0 |
 */
export function gateOutcome(findings: GateFindings, policy: InconclusivePolicy = 'exit'): GateOutcome {
  const { figures, faultBars, controls, baseline, interrupted } = findings;
  const broken = faultBars.filter((verdict) => verdict === 'fail').length;
  const spread = controlSpread(controls);
  const failed = figures.filter(({ verdict }) => verdict === 'fail').map(({ name }) => `${name} became slower`);
  const open = figures
    .filter(({ verdict }) => verdict === 'more' || verdict === 'inconclusive')
    .map(({ name }) => `${name} is undecided`);
  const openBars = faultBars.filter((verdict) => verdict === 'inconclusive').length;

  if (interrupted) return outcome('interrupted', exitCodes.interrupted, ['interrupted before a decision']);
  if (!baseline) return outcome('no-baseline', exitCodes.noBaseline, ['the baseline is not available']);
  if (broken > 0) return outcome('fail', exitCodes.faultBar, [counted(broken, 'broken'), ...failed]);
  if (spread > controlSpreadLimit)
    return outcome('invalid', exitCodes.environment, [
      `the control slots are spread by ${percent(spread)}, more than ${percent(controlSpreadLimit)}: this machine was too restless`,
    ]);
  if (failed.length > 0) return outcome('fail', exitCodes.regression, failed);
  if (openBars > 0) open.push(counted(openBars, 'undecided'));
  const judged = figures.length + faultBars.filter((verdict) => verdict !== 'skipped').length;
  if (judged === 0) open.push('nothing was gated');
  return open.length > 0
    ? outcome('inconclusive', inconclusiveCode[policy], open)
    : outcome('pass', exitCodes.pass, ['no figure became slower by the margin']);
}

const inconclusiveCode: Record<InconclusivePolicy, number> = {
  exit: exitCodes.inconclusive,
  warn: exitCodes.pass,
  fail: exitCodes.regression,
};

/** A FAIL blocks only when a fresh session says the same; if that one passes, the first was chance, else nobody knows. */
export function confirmed(first: GateOutcome, second: GateOutcome): GateOutcome {
  if (first.exitCode !== exitCodes.regression) return first;
  if (second.verdict === 'fail') return second;
  const reasons = [...first.reasons, `a second session did not confirm it: ${second.verdict}`];
  return second.verdict === 'pass' ? { ...second, reasons } : { ...second, reasons: [...reasons, ...second.reasons] };
}

const outcome = (verdict: GateVerdict, exitCode: number, reasons: readonly string[]): GateOutcome => ({
  verdict,
  exitCode,
  reasons,
});
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const counted = (count: number, what: string): string =>
  `${count} fault ${count === 1 ? 'bar is' : 'bars are'} ${what}`;
