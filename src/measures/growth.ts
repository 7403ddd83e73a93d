import type { Measure } from './measure.js';

export const memoryGrowthMib: Measure = {
  name: 'memory_growth_mib',
  title: 'memory growth in ten minutes, at least',
  unit: 'MiB',
  better: 'lower',
  what: 'lower end of the 95 % interval of the slope of the server’s resident memory, over ten minutes: above 0 it grows',
};

export const descriptorsLeft: Measure = {
  name: 'descriptors_left',
  title: 'descriptors that stayed open',
  unit: 'descriptors',
  better: 'lower',
  what: 'open descriptors of the server when all clients had left, beyond those before they came',
};

/** Seconds since some origin, and bytes then. */
export interface MemoryAt {
  readonly seconds: number;
  readonly bytes: number;
}

const tenMinutes = 600;

/**
 * Slope of memory over time with its 95 % interval, by Theil and Sen (the median of the slopes between all pairs; the
 * interval by Kendall's statistic), so that one collection does not tilt it.
 *
 * @returns MiB in ten minutes; NaN with fewer than eight points
 */
export function memoryGrowth(points: readonly MemoryAt[]): { readonly slope: number; readonly low: number } {
  const n = points.length;
  if (n < 8) return { slope: Number.NaN, low: Number.NaN };
  const slopes: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const [a, b] = [points[i]!, points[j]!];
      if (b.seconds > a.seconds) slopes.push((b.bytes - a.bytes) / (b.seconds - a.seconds));
    }
  }
  slopes.sort((a, b) => a - b);
  const spread = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const lowAt = Math.max(0, Math.floor((slopes.length - spread) / 2));
  const inMib = (slope: number) => (slope * tenMinutes) / 2 ** 20;
  return { slope: inMib(slopes[Math.floor(slopes.length / 2)]!), low: inMib(slopes[lowAt]!) };
}
