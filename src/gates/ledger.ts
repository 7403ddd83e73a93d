import { lowerBound, upperBound } from './statistics/clopper-pearson.js';

/** One gate of known outcome. `slowdown` is what was put in, as a share; 0: the same build twice. */
export interface LedgerEntry {
  readonly slowdown: number;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'invalid';
}

/** Which gate of a self-test: `number` counts those of one slowdown from 0. */
export interface GatePlace {
  readonly slowdown: number;
  readonly number: number;
}

/** How many gates of each kind. */
export interface LedgerPlan {
  /** Of the same build twice. */
  readonly same: number;
  /** For each slowdown. */
  readonly slower: number;
  readonly slowdowns: readonly number[];
}

/** The gates that are still to be played, kinds in turn: wherever it ends, all kinds have come equally far. */
export function gatesToPlay({ same, slower, slowdowns }: LedgerPlan, played: readonly GatePlace[]): GatePlace[] {
  const kinds = [{ slowdown: 0, gates: same }, ...slowdowns.map((slowdown) => ({ slowdown, gates: slower }))];
  const rounds = Array.from({ length: Math.max(same, slower) }, (_, number) => number);
  const isPlayed = (place: GatePlace): boolean =>
    played.some(({ slowdown, number }) => slowdown === place.slowdown && number === place.number);
  return rounds
    .flatMap((number) => kinds.filter(({ gates }) => number < gates).map(({ slowdown }) => ({ slowdown, number })))
    .filter((place) => !isPlayed(place));
}

/** What the gate claims for gates of one kind: FAIL at most, or at least, in this share of those that are valid. */
export interface LedgerClaim {
  readonly slowdown: number;
  readonly kind: 'false-alarm' | 'catch';
  readonly share: number;
}

/**
 * Claims for margins of 5 % and, where a figure is noisy, 10 %: a slowdown of twice the margin is caught, one of the margin itself
 * is only counted.
 */
export const ledgerClaims: readonly LedgerClaim[] = [
  { slowdown: 0, kind: 'false-alarm', share: 0.01 },
  { slowdown: 0.1, kind: 'catch', share: 0.95 },
  { slowdown: 0.2, kind: 'catch', share: 0.95 },
];

export interface LedgerLine {
  readonly slowdown: number;
  readonly gates: number;
  readonly fail: number;
  readonly pass: number;
  readonly inconclusive: number;
  /** The machine was too restless; not part of `gates`. */
  readonly invalid: number;
  /** One-sided 95 % Clopper–Pearson bounds of the share of FAILs. */
  readonly low: number;
  readonly high: number;
  /** `open`: compatible with the claim, too few gates to prove it · `counted`: nothing is claimed */
  readonly verdict: 'proved' | 'open' | 'broken' | 'counted';
}

/** A claim is refuted when it is incompatible with what was counted at this confidence. */
const refutation = 0.999;

/** One line for each size of slowdown, in ascending order. */
export function readLedger(entries: readonly LedgerEntry[]): LedgerLine[] {
  const sizes = [...new Set(entries.map(({ slowdown }) => slowdown))].sort((a, b) => a - b);
  return sizes.map((slowdown) => {
    const of = (verdict: LedgerEntry['verdict']): number =>
      entries.filter((entry) => entry.slowdown === slowdown && entry.verdict === verdict).length;
    const [fail, pass, inconclusive] = [of('fail'), of('pass'), of('inconclusive')];
    const gates = fail + pass + inconclusive;
    const [low, high] = [lowerBound(fail, gates), upperBound(fail, gates)];
    return {
      slowdown,
      gates,
      fail,
      pass,
      inconclusive,
      invalid: of('invalid'),
      low,
      high,
      verdict: judge(slowdown, fail, gates),
    };
  });
}

function judge(slowdown: number, fail: number, gates: number): LedgerLine['verdict'] {
  const claim = ledgerClaims.find((each) => each.slowdown === slowdown);
  if (!claim) return 'counted';
  const { kind, share } = claim;
  const caught = kind === 'catch';
  if (caught ? upperBound(fail, gates, refutation) < share : lowerBound(fail, gates, refutation) > share)
    return 'broken';
  return (caught ? lowerBound(fail, gates) >= share : upperBound(fail, gates) <= share) ? 'proved' : 'open';
}
