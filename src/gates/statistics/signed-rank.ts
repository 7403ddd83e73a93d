/**
 * The exact distribution of Wilcoxon's signed-rank statistic: under the null hypothesis each rank carries its sign by the
 * toss of a fair coin, so the sum W⁺ of the positive ranks is a sum of independent terms, each 0 or its rank. One term
 * after another is folded in (dynamic programming): no approximation, no table.
 *
 * Wilcoxon (1945), *Individual Comparisons by Ranking Methods*; ties as in Hollander, Wolfe and Chicken, section 3.1.
 */

/** More pairs than this would only cost time: a gate never takes more. */
export const mostPairs = 64;

const tails = new Map<number, Float64Array>();

/**
 * Without ties: ranks 1 … n.
 *
 * @param n differences that are not zero, 0 ≤ n ≤ 64
 * @returns at index w: P(W⁺ ≥ w), w = 0 … n(n+1)/2
 */
export function upperTails(n: number): Float64Array {
  let tail = tails.get(n);
  if (!tail) {
    tail = tailsOf(Array.from({ length: n }, (_, i) => i + 1));
    tails.set(n, tail);
  }
  return tail;
}

/**
 * For any ranks, such as mid-ranks of ties (doubled, to be whole): the distribution given these ranks.
 *
 * @param ranks positive integers, at most 64
 * @returns at index w: the probability that the ranks with a positive sign add up to w or more
 */
export function tailsOf(ranks: readonly number[]): Float64Array {
  if (ranks.length > mostPairs) throw new RangeError(`at most ${mostPairs} ranks, got ${ranks.length}`);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let w = reached; w >= 0; w--) {
      const without = probability[w]!;
      const withIt = w >= rank ? probability[w - rank]! : 0;
      probability[w] = (without + withIt) / 2;
    }
  }
  for (let w = total - 1; w >= 0; w--) probability[w]! += probability[w + 1]!;
  return probability;
}

/**
 * The smallest w with P(W⁺ ≥ w) ≤ level, without ties.
 *
 * @returns n(n+1)/2 + 1 when not even the largest value is that rare: nothing can be rejected with so few pairs
 */
export function criticalValue(n: number, level: number): number {
  const tail = upperTails(n);
  let low = 0;
  let high = tail.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tail[middle]! <= level) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The largest level not above `level` that a test of n pairs without ties can have; 0 when it can reject nothing. */
export function attainableLevel(n: number, level: number): number {
  return upperTails(n)[criticalValue(n, level)] ?? 0;
}
