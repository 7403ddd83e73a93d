import { binomialCdf } from '../binomial.js';

/**
 * Exact one-sided bounds of a share (Clopper and Pearson 1934).
 *
 * @returns the largest share that `k` of `n` do not speak against at this confidence; 1 without data
 */
export function upperBound(k: number, n: number, confidence = 0.95): number {
  if (k >= n) return 1;
  return bisect((share) => binomialCdf(k, n, share) > 1 - confidence);
}

/** The smallest such share; 0 without data. */
export function lowerBound(k: number, n: number, confidence = 0.95): number {
  return k <= 0 ? 0 : 1 - upperBound(n - k, n, confidence);
}

/** Where a statement that holds at 0 ceases to hold in [0, 1]. */
function bisect(holds: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return high;
}
