import { describe, expect, it } from 'vitest';
import { type MemoryAt, memoryGrowth } from '../../src/measures/growth.js';

const mib = 2 ** 20;
const points = (bytesAt: (i: number) => number, n = 60): MemoryAt[] =>
  Array.from({ length: n }, (_, i) => ({ seconds: i * 10, bytes: bytesAt(i) }));
/** Reproducible unrest, up to 5 MiB. */
const unrest = (i: number) => ((i * 7919) % 101) * (mib / 20);

/** A walk drawn back to where it was, seeded: each step keeps nine tenths of the last one's distance. */
function wander(): () => number {
  let [state, at] = [7, 0];
  return () => {
    state = (state * 48271) % 0x7fffffff;
    at = 0.9 * at + (state / 0x7fffffff - 0.5) * mib;
    return at;
  };
}

describe('memory over time', () => {
  it('that leaks is seen through the unrest', () => {
    const { slope, low } = memoryGrowth(points((i) => 100 * mib + i * mib + unrest(i)));
    expect(Math.abs(slope - 60)).toBeLessThan(3);
    expect(low).toBeGreaterThan(50);
  });

  it('that only goes up and down does not grow for certain', () => {
    expect(memoryGrowth(points((i) => 100 * mib + unrest(i))).low).toBeLessThanOrEqual(0);
  });

  it('that wanders for minutes, as a heap does, seldom seems to grow', () => {
    const next = wander();
    const grown = Array.from({ length: 200 }, () => memoryGrowth(points(() => 100 * mib + next(), 200)).low > 0);
    expect(grown.filter(Boolean).length).toBeLessThanOrEqual(20); // a tenth; without the correction a third
  });

  it('that wanders and leaks is seen to leak', () => {
    const next = wander();
    expect(memoryGrowth(points((i) => 100 * mib + i * 0.2 * mib + next(), 200)).low).toBeGreaterThan(5);
  });

  it('is not tilted by one collection', () => {
    expect(memoryGrowth(points((i) => (i < 30 ? 140 : 100) * mib)).low).toBeLessThanOrEqual(0);
    expect(memoryGrowth(points((i) => 100 * mib + (i === 59 ? 80 * mib : 0))).slope).toBe(0);
  });

  it('is unknown from a few points', () => {
    expect(memoryGrowth(points(() => mib, 7))).toEqual({ slope: Number.NaN, low: Number.NaN });
  });
});
