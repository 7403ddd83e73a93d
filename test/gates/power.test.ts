import { describe, expect, it } from 'vitest';
import { detectableSlowdown, slotNoise } from '../../src/gates/power.js';
import { normals, randomFrom } from '../../src/gates/random.js';
import { mirroredMeans } from '../../src/gates/statistics/mirrored.js';

/** Differences of pairs whose slots have this noise. */
const pairs = (count: number, noise: number) => {
  const normal = normals(randomFrom(5));
  return Array.from({ length: count }, () => noise * (normal() - normal()));
};

describe('what a run could have detected', () => {
  it('finds the noise of a slot again', () => {
    expect(slotNoise(pairs(2000, 0.05))).toBeGreaterThan(0.045);
    expect(slotNoise(pairs(2000, 0.05))).toBeLessThan(0.055);
    expect(slotNoise([0.1, 0.2])).toBeNaN();
  });

  it('agrees with the simulation: about 5 % at 5 % noise, 64 pairs and six figures', () => {
    const found = detectableSlowdown(pairs(64, 0.05), 0.01 / 6);
    expect(found).toBeGreaterThan(0.03);
    expect(found).toBeLessThan(0.07);
  });

  it('is less with more pairs, and nothing with too few', () => {
    const data = pairs(16, 0.05);
    const fourTimes = [...data, ...data, ...data, ...data];
    expect(detectableSlowdown(fourTimes, 0.01)).toBeLessThan(detectableSlowdown(data, 0.01));
    expect(detectableSlowdown(data.slice(0, 8), 0.01)).toBeNaN();
    expect(detectableSlowdown([], 0.01)).toBeNaN();
  });
});

it('a pair counts with its mirror, or not at all', () => {
  expect(mirroredMeans([1, 3, 5, 5, 9])).toEqual([2, 5]);
});
