import { describe, expect, it } from 'vitest';
import { type MemoryAt, memoryGrowth } from '../../src/measures/growth.js';

const mib = 2 ** 20;
const points = (bytesAt: (i: number) => number, n = 60): MemoryAt[] =>
  Array.from({ length: n }, (_, i) => ({ seconds: i * 10, bytes: bytesAt(i) }));
/** Reproducible unrest, up to 5 MiB. */
const unrest = (i: number) => ((i * 7919) % 101) * (mib / 20);

describe('memory over time', () => {
  it('that leaks is seen through the unrest', () => {
    const { slope, low } = memoryGrowth(points((i) => 100 * mib + i * mib + unrest(i)));
    expect(Math.abs(slope - 60)).toBeLessThan(3);
    expect(low).toBeGreaterThan(50);
  });

  it('that only goes up and down does not grow for certain', () => {
    expect(memoryGrowth(points((i) => 100 * mib + unrest(i))).low).toBeLessThanOrEqual(0);
  });

  it('is not tilted by one collection', () => {
    expect(memoryGrowth(points((i) => (i < 30 ? 140 : 100) * mib)).low).toBeLessThanOrEqual(0);
    expect(memoryGrowth(points((i) => 100 * mib + (i === 59 ? 80 * mib : 0))).slope).toBe(0);
  });

  it('is unknown from a few points', () => {
    expect(memoryGrowth(points(() => mib, 7))).toEqual({ slope: Number.NaN, low: Number.NaN });
  });
});
