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
 * interval by Kendall's statistic), so that one collection does not tilt it. A heap that wanders is not many independent
 * looks: the interval is wider by as much as a point tells of the next (Hamed and Rao, J. Hydrol. 204, 1998).
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
  const slope = slopes[Math.floor(slopes.length / 2)]!;
  const repeated = repetition(points.map(({ seconds, bytes }) => bytes - slope * seconds));
  const spread = 1.96 * Math.sqrt(((n * (n - 1) * (2 * n + 5)) / 18) * repeated);
  const lowAt = Math.max(0, Math.floor((slopes.length - spread) / 2));
  const inMib = (slope: number) => (slope * tenMinutes) / 2 ** 20;
  return { slope: inMib(slope), low: inMib(slopes[lowAt]!) };
}

/** By how much autocorrelation of their ranks widens the variance of Kendall's statistic; 1 for independent residuals. */
function repetition(residuals: readonly number[]): number {
  const n = residuals.length;
  const order = residuals.map((_, i) => i).sort((a, b) => residuals[a]! - residuals[b]!);
  const centred = new Float64Array(n);
  for (const [rank, i] of order.entries()) centred[i] = rank - (n - 1) / 2;
  const variance = (n * (n * n - 1)) / 12;
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag++) {
    let product = 0;
    for (let i = lag; i < n; i++) product += centred[i]! * centred[i - lag]!;
    const correlation = product / variance;
    if (correlation < 1.96 / Math.sqrt(n)) break; // from here on it is chance
    sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  return 1 + (2 * sum) / (n * (n - 1) * (n - 2));
}
