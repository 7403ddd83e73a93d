import { describe } from './errors.js';
import type { BackoffPolicy } from './types.js';

/** Two quick tries, then longer and longer up to a quarter of a second. */
export const DEFAULT_BACKOFF: BackoffPolicy = { firstMs: 1, factor: 2, capMs: 250, jitter: 'none' };

/**
 * Delay before the next try after `empties` consecutive empty chunks (rules 14 and 15).
 *
 * @param empties how many empty chunks in a row, ≥ 1
 * @param unit a random number in [0, 1), for jitter
 * @returns milliseconds, 0 < result ≤ policy.capMs
 */
export function delayAfter(policy: BackoffPolicy, empties: number, unit: number): number {
  const full = Math.min(policy.capMs, policy.firstMs * policy.factor ** (empties - 1));
  return policy.jitter === 'none' ? full : full / 2 + (full / 2) * unit;
}

/**
 * @returns the policy itself
 * @throws TypeError for what is no policy, RangeError naming the field that is out of range
 */
export function checkBackoff(policy: BackoffPolicy): BackoffPolicy {
  if (typeof policy !== 'object' || policy === null)
    throw new TypeError(`backoff must be { firstMs, factor, capMs, jitter }, got ${describe(policy)}`);
  const positive = (n: unknown) => typeof n === 'number' && Number.isFinite(n) && n > 0;
  if (!positive(policy.firstMs)) throw new RangeError(`backoff.firstMs must be above 0, got ${policy.firstMs}`);
  if (!positive(policy.factor) || policy.factor < 1)
    throw new RangeError(`backoff.factor must be at least 1, got ${policy.factor}`);
  if (!positive(policy.capMs) || policy.capMs < policy.firstMs)
    throw new RangeError(`backoff.capMs must be at least firstMs, got ${policy.capMs}`);
  if (policy.jitter !== 'none' && policy.jitter !== 'equal')
    throw new RangeError(`backoff.jitter must be 'none' or 'equal', got ${policy.jitter}`);
  return policy;
}
