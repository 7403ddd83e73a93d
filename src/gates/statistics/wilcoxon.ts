import { tailsOf, upperTails } from './signed-rank.js';

/** Differences by size of their distance from a centre: what the test looks at. */
export interface SignedRanks {
  /** Doubled ranks of the differences that are not zero, so that mid-ranks are whole. */
  readonly doubled: readonly number[];
  /** Sum of the doubled ranks of the positive ones. */
  readonly positive: number;
  /** Ties or zeros: the ranks are not simply 1 … n. */
  readonly tied: boolean;
}

/**
 * Ranks of |d − centre|.
 *
 * - Ties share the mean of their ranks (mid-ranks).
 * - Zeros are ranked with the others and then left out (Pratt 1959). Dropping them first, as Wilcoxon did, can turn a
 *   verdict round when every difference grows; Pratt's way cannot.
 */
export function signedRanks(differences: readonly number[], centre = 0): SignedRanks {
  const sorted = differences.map((d) => d - centre).sort((a, b) => Math.abs(a) - Math.abs(b));
  const doubled: number[] = [];
  let positive = 0;
  let tied = false;
  for (let from = 0; from < sorted.length; ) {
    const size = Math.abs(sorted[from]!);
    let to = from + 1;
    while (to < sorted.length && Math.abs(sorted[to]!) === size) to++;
    const rank = from + 1 + to; // twice the mean of the ranks from + 1 … to
    if (size === 0 || to - from > 1) tied = true;
    for (let i = from; i < to && size !== 0; i++) {
      doubled.push(rank);
      if (sorted[i]! > 0) positive += rank;
    }
    from = to;
  }
  return { doubled, positive, tied };
}

/**
 * One-sided exact test.
 *
 * @param differences paired differences, at most 64
 * @param centre the margin: what is tested is whether the differences lie above it
 * @returns the probability of ranks at least this high if the differences were symmetric about `centre`; 1 without data.
 *   Small: they lie above
 */
export function pAbove(differences: readonly number[], centre = 0): number {
  const { doubled, positive, tied } = signedRanks(differences, centre);
  return tied ? tailsOf(doubled)[positive]! : upperTails(doubled.length)[positive / 2]!;
}

/** The same the other way round. Small: the differences lie below `centre`. */
export function pBelow(differences: readonly number[], centre = 0): number {
  return pAbove(
    differences.map((d) => -d),
    -centre,
  );
}
