import { detectableSlowdown, slotNoise } from './power.js';
import { decide, type FigureDecision, type Look, type Rule } from './sequential.js';
import { hodgesLehmann, interval } from './statistics/hodges-lehmann.js';
import { mirroredMeans } from './statistics/mirrored.js';

/** What one slot of each build cost, pair by pair; both > 0. */
export interface Pair {
  readonly base: number;
  readonly cand: number;
}

/** One gated figure, measured: everything that a report says about it. Slowdowns are shares: 0.05 is 5 % worse. */
export interface FigureReport extends FigureDecision {
  readonly name: string;
  /** Best guess of the slowdown; negative: it became better. NaN without two pairs. */
  readonly slowdown: number;
  /** Exact 95 % interval, not adjusted for the looks: it describes, the looks decide. */
  readonly low: number;
  readonly high: number;
  /** Deviation of one slot. */
  readonly noise: number;
  /** The smallest slowdown that these pairs would have flagged in 95 % of cases. */
  readonly detectable: number;
}

/**
 * ln(candidate ÷ baseline) of what it costs: of throughput, where more is better, the other way round.
 *
 * @throws RangeError for a figure that is not above zero: it has no ratio
 */
export function differencesOf(pairs: readonly Pair[], better: 'lower' | 'higher'): number[] {
  return pairs.map(({ base, cand }, i) => {
    if (!(base > 0 && cand > 0)) throw new RangeError(`pair ${i + 1}: costs are above zero, got ${base} and ${cand}`);
    const difference = Math.log(cand / base);
    return better === 'lower' ? difference : -difference;
  });
}

/** Decides one figure, and says what there is to say about it. */
export function reportFigure(
  name: string,
  differences: readonly number[],
  rule: Rule,
  looks: readonly Look[],
): FigureReport {
  const decision = decide(differences, rule, looks);
  const means = mirroredMeans(differences);
  const { low, high } = interval(means, 0.95);
  return {
    name,
    ...decision,
    slowdown: Math.expm1(hodgesLehmann(means)),
    low: Math.expm1(low),
    high: Math.expm1(high),
    noise: slotNoise(differences),
    detectable: detectableSlowdown(differences, rule.alpha),
  };
}
