import { mirroredMeans } from './statistics/mirrored.js';
import { attainableLevel } from './statistics/signed-rank.js';
import { pAbove, pBelow } from './statistics/wilcoxon.js';

/** After how many pairs the data are looked at: even numbers, because a pair counts with its mirror. */
export const lookAt: readonly number[] = [8, 12, 16, 20, 24, 32, 40, 48, 64];

/** What one figure of a gate may get wrong, and how large a slowdown matters. */
export interface Rule {
  /** Chance of a FAIL, over all looks, when nothing became slower. */
  readonly alpha: number;
  /** Chance of a PASS, over all looks, when the slowdown is the margin. */
  readonly beta: number;
  /** ln of the smallest slowdown that matters: ln 1.05 for 5 %. */
  readonly margin: number;
}

/** One look: p-values at or below these decide. 0: this look cannot decide. */
export interface Look {
  readonly pairs: number;
  readonly failLevel: number;
  readonly passLevel: number;
}

/** Per gate; shared among its figures (Bonferroni). */
export const gateAlpha = 0.01;
/** Per figure: a gate passes only when all of its figures do, so a slow one is let through no more often than this. */
export const figureBeta = 0.04;
/** Noise of one slot from which on the wider margin holds. */
export const noisyFrom = 0.075;

/** Smallest slowdown that matters, as a share: 5 %, on a noisy machine 10 %. @param noise deviation of one slot, as a share */
export function marginFor(noise: number): number {
  return noise > noisyFrom ? 0.1 : 0.05;
}

/**
 * @param figures how many figures are gated together
 * @param margin smallest slowdown that matters, as a share
 */
export function ruleFor(figures: number, margin: number): Rule {
  return { alpha: gateAlpha / figures, beta: figureBeta, margin: Math.log1p(margin) };
}

/**
 * What of alpha and of beta may be spent until a share of all pairs is there: little early, where the data are few. Alpha is
 * divided among the figures and so is scarcer: it is kept longer.
 */
const alphaSpent = (share: number): number => share ** 4;
const betaSpent = (share: number): number => share ** 3;

/**
 * Divides alpha and beta among the looks. Levels of an exact test come in steps, so each look spends the largest step that
 * fits into what is due, and leaves the rest to the next one. The sum of all steps never exceeds alpha (or beta): that bounds the
 * chance of an error however the looks depend on each other.
 */
export function looksOf({ alpha, beta }: Rule, at: readonly number[] = lookAt): Look[] {
  let [spentAlpha, spentBeta] = [0, 0];
  return at.map((pairs) => {
    const share = pairs / at.at(-1)!;
    const failLevel = attainableLevel(pairs / 2, alpha * alphaSpent(share) - spentAlpha);
    const passLevel = attainableLevel(pairs / 2, beta * betaSpent(share) - spentBeta);
    spentAlpha += failLevel;
    spentBeta += passLevel;
    return { pairs, failLevel, passLevel };
  });
}

/** - `more`: not decided, pairs are left · `inconclusive`: not decided at the cap */
export interface FigureDecision {
  readonly verdict: 'pass' | 'fail' | 'more' | 'inconclusive';
  /** Pairs at the last look. */
  readonly pairs: number;
  /** Small: a slowdown of the margin or more is ruled out. */
  readonly pSlower: number;
  /** Small: that nothing became slower is ruled out. */
  readonly pSame: number;
}

/**
 * Looks at the differences in the order in which they came, and stops at the first look that decides. PASS comes first: a slowdown
 * that is certain, and certainly smaller than the margin, is none that matters.
 *
 * @param differences ln(candidate ÷ baseline) of the cost, one a pair in order, mirrored in twos; larger is worse
 */
export function decide(differences: readonly number[], rule: Rule, looks: readonly Look[]): FigureDecision {
  let last: FigureDecision = { verdict: 'more', pairs: 0, pSlower: 1, pSame: 1 };
  for (const look of looks) {
    if (differences.length < look.pairs) return last;
    const seen = mirroredMeans(differences.slice(0, look.pairs));
    const pSlower = pBelow(seen, rule.margin);
    const pSame = pAbove(seen);
    const at = { pairs: look.pairs, pSlower, pSame };
    if (pSlower <= look.passLevel) return { verdict: 'pass', ...at };
    if (pSame <= look.failLevel) return { verdict: 'fail', ...at };
    last = { verdict: 'more', ...at };
  }
  return { ...last, verdict: 'inconclusive' };
}
