import { lookAt } from './sequential.js';

/** The looks of a gate that ends after `cap` pairs at the latest. */
export function looksUpTo(cap: number): number[] {
  return lookAt.filter((pairs) => pairs <= cap);
}

/**
 * How many pairs a gate may take: the largest look that fits into its time. Chosen before the first pair, from how long the
 * rehearsal took: it may depend on anything but what was measured.
 *
 * @returns 0 when fewer fit than could decide anything
 */
export function capFor(budgetMs: number, pairMs: number): number {
  const cap = looksUpTo(Math.floor(budgetMs / pairMs)).at(-1) ?? 0;
  return cap < fewestPairs ? 0 : cap;
}

/** Eight pairs are four units: no test of so few is rare enough to decide. */
const fewestPairs = 12;
