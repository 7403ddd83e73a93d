/**
 * Exact binomial tails, summed in logarithms so that they hold for thousands of trials.
 *
 * @returns P(X ≤ k) for X ~ Binomial(n, p)
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  const logOdds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let i = 1; i <= k; i++) {
    log += Math.log((n - i + 1) / i) + logOdds;
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** One error in twenty, on either side. */
export const alpha = 0.05;

/**
 * Whether the true share of violations is below `share`, judging from `k` of `n`.
 *
 * @returns `below` or `above` when the other is rejected at 5 %, else `unclear`. 300 trials without a violation are the
 *   fewest that show a share below 1 %; hence the rule that a p99 needs 300 samples
 */
export function shareVerdict(k: number, n: number, share: number): 'below' | 'above' | 'unclear' {
  if (binomialCdf(k, n, share) <= alpha) return 'below';
  if (1 - binomialCdf(k - 1, n, share) <= alpha) return 'above';
  return 'unclear';
}
