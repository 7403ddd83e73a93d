import { describe, expect, it } from 'vitest';
import { checkBackoff, DEFAULT_BACKOFF, delayAfter } from '../../src/gateway/backoff.js';
import type { BackoffPolicy } from '../../src/gateway/types.js';

const policy = (changes: Partial<BackoffPolicy> = {}): BackoffPolicy => ({
  firstMs: 2,
  factor: 3,
  capMs: 100,
  jitter: 'none',
  ...changes,
});

describe('rule 14: delay after a number of empty chunks', () => {
  it.each([
    [1, 2],
    [2, 6],
    [3, 18],
    [4, 54],
    [5, 100],
    [6, 100],
    [5000, 100],
  ])('%i in a row: %f ms', (empties, ms) => {
    expect(delayAfter(policy(), empties, 0)).toBe(ms);
  });

  it.each([
    [1, 0, 1],
    [1, 0.5, 1.5],
    [3, 0, 9],
    [3, 0.75, 15.75],
    [9, 0, 50],
    [9, 0.999, 99.95],
  ])('with jitter, %i in a row and the random number %f: %f ms', (empties, unit, ms) => {
    expect(delayAfter(policy({ jitter: 'equal' }), empties, unit)).toBeCloseTo(ms, 9);
  });

  it('the default grows from 1 ms to 250 ms', () => {
    expect([1, 2, 3, 8, 9, 10].map((n) => delayAfter(DEFAULT_BACKOFF, n, 0))).toEqual([1, 2, 4, 128, 250, 250]);
    expect(checkBackoff(DEFAULT_BACKOFF)).toBe(DEFAULT_BACKOFF);
  });

  it.each([
    [{ firstMs: 0 }, 'backoff.firstMs must be above 0, got 0'],
    [{ firstMs: Number.NaN }, 'backoff.firstMs must be above 0, got NaN'],
    [{ firstMs: '1' as unknown as number }, 'backoff.firstMs must be above 0, got 1'],
    [{ factor: 0.9 }, 'backoff.factor must be at least 1, got 0.9'],
    [{ factor: Number.POSITIVE_INFINITY }, 'backoff.factor must be at least 1, got Infinity'],
    [{ capMs: 1 }, 'backoff.capMs must be at least firstMs, got 1'],
    [{ jitter: 'full' as 'equal' }, "backoff.jitter must be 'none' or 'equal', got full"],
  ])('%o is refused', (changes, message) => {
    expect(() => checkBackoff(policy(changes))).toThrow(new RangeError(message));
  });

  it.each([null, 5, 'fast'])('%o is no policy', (value) => {
    expect(() => checkBackoff(value as unknown as BackoffPolicy)).toThrow(
      /backoff must be \{ firstMs, factor, capMs, jitter \}/,
    );
  });
});
