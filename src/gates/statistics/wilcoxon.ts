import { tailsOf, upperTails } from './signed-rank.js';

/**
 * Doubled ranks of |d − centre|, each with the sign of d − centre, in the order of the differences. Doubled, so that
 * mid-ranks are whole.
 *
 * - Ties share the mean of their ranks (mid-ranks).
 * - Zeros are ranked with the others, and then count for nothing (Pratt 1959). Dropping them first, as Wilcoxon did, can turn a
 *   verdict round when every difference grows; Pratt's way cannot.
 */
export function rankedSigns(differences: readonly number[], centre = 0): Int32Array {
  const moved = Float64Array.from(differences, (d) => d - centre);
  const sizes = moved.map(Math.abs).sort();
  const signed = new Int32Array(moved.length);
  for (let i = 0; i < moved.length; i++) {
    const size = Math.abs(moved[i]!);
    const from = firstFrom(sizes, size);
    let to = from + 1;
    while (sizes[to] === size) to++;
    signed[i] = Math.sign(moved[i]!) * (from + 1 + to); // twice the mean of the ranks from + 1 … to
  }
  return signed;
}

/** Where `size` begins among the ascending sizes. */
function firstFrom(sizes: Float64Array, size: number): number {
  let [low, high] = [0, sizes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sizes[middle]! < size) low = middle + 1;
    else high = middle;
  }
  return low;
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
  const signed = rankedSigns(differences, centre);
  const ranks = [...signed].map(Math.abs).filter((rank) => rank > 0);
  const positive = signed.reduce((sum, rank) => sum + Math.max(0, rank), 0);
  const untied = ranks.length === signed.length && new Set(ranks).size === ranks.length;
  return untied ? upperTails(ranks.length)[positive / 2]! : tailsOf(ranks)[positive]!;
}

/** The same the other way round. Small: the differences lie below `centre`. */
export function pBelow(differences: readonly number[], centre = 0): number {
  return pAbove(
    differences.map((d) => -d),
    -centre,
  );
}
