import { differencesOf, type FigureReport, type Pair, reportFigure } from './figure.js';
import { looksUpTo } from './looks.js';
import { looksOf, ruleFor } from './sequential.js';

/** A figure that is gated, and from which slowdown on it matters. */
export interface Gated {
  readonly name: string;
  readonly better: 'lower' | 'higher';
  /** As a share: 0.05 is 5 %. */
  readonly margin: number;
}

/** What the two slots of a pair cost, by figure. */
export interface CostPair {
  readonly base: Readonly<Record<string, number>>;
  readonly cand: Readonly<Record<string, number>>;
}

export interface GatedReport extends FigureReport {
  readonly margin: number;
  /** A slot brought no such figure: from there on nothing is known. */
  readonly missing: boolean;
}

/**
 * Every figure by the same rule, on the pairs so far.
 *
 * @param cap after so many pairs the gate ends: a look
 */
export function decideFigures(pairs: readonly CostPair[], gated: readonly Gated[], cap: number): GatedReport[] {
  const looks = looksUpTo(cap);
  return gated.map(({ name, better, margin }) => {
    const rule = ruleFor(gated.length, margin);
    const whole = pairs.findIndex(({ base, cand }) => !(base[name]! > 0 && cand[name]! > 0));
    const known = (whole < 0 ? pairs : pairs.slice(0, whole)).map(
      ({ base, cand }): Pair => ({ base: base[name]!, cand: cand[name]! }),
    );
    const report = reportFigure(name, differencesOf(known, better), rule, looksOf(rule, looks));
    const verdict = report.verdict === 'more' && (whole >= 0 || pairs.length >= cap) ? 'inconclusive' : report.verdict;
    return { ...report, verdict, margin, missing: whole >= 0 };
  });
}

/** Nothing that is still to come can change the gate's verdict: one figure failed, or all are decided. */
export function settled(figures: readonly Pick<GatedReport, 'verdict'>[]): boolean {
  return figures.some(({ verdict }) => verdict === 'fail') || figures.every(({ verdict }) => verdict !== 'more');
}
