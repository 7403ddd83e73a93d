import { normals, type Random } from './random.js';

/** Where a slot stands in a gate. */
export interface SlotPlace {
  /** 0 … slots − 1, in time. */
  readonly at: number;
  readonly slots: number;
  /** Second of its pair. */
  readonly second: boolean;
}

/**
 * What a machine adds to ln(cost) of each slot, one after another.
 *
 * @param deviation noise of a slot: standard deviation on the logarithmic scale
 */
export type NoiseModel = (random: Random, deviation: number) => (place: SlotPlace) => number;

/** Machines as they are: each adds to normal noise what real ones do to benchmarks. */
export const noiseModels: Readonly<Record<string, NoiseModel>> = {
  normal: (random, deviation) => {
    const normal = normals(random);
    return () => deviation * normal();
  },

  /** Student's t with 3 degrees of freedom, scaled to the same deviation: one slot in a hundred is off by four and more. */
  'heavy-tailed': (random, deviation) => {
    const normal = normals(random);
    return () => {
      const square = (normal() ** 2 + normal() ** 2 + normal() ** 2) / 3;
      return ((deviation / Math.sqrt(3)) * normal()) / Math.sqrt(square);
    };
  },

  /** The machine slows down by 30 % from the first slot to the last, and breathes by ±5 % meanwhile. */
  drift: (random, deviation) => {
    const normal = normals(random);
    const phase = 2 * Math.PI * random();
    const period = 8 + 32 * random();
    return ({ at, slots }) =>
      deviation * normal() + 0.3 * (at / slots) + 0.05 * Math.sin(phase + (2 * Math.PI * at) / period);
  },

  /** A neighbour works for a tenth of the time, about three slots at once: half of the variance is its doing. */
  bursts: (random, deviation) => {
    const normal = normals(random);
    let inBurst = random() < 0.1;
    return () => {
      inBurst = random() < (inBurst ? 2 / 3 : 1 / 27);
      return deviation * (Math.SQRT1_2 * normal() + (inBurst ? Math.SQRT1_2 / 0.3 : 0));
    };
  },

  /** The second slot of a pair is 3 % slower, and the first pairs are slower still: caches, clock frequency. */
  order: (random, deviation) => {
    const normal = normals(random);
    return ({ at, second }) => deviation * normal() + (second ? 0.03 : 0) + 0.2 * Math.exp(-at / 3);
  },

  /** Each slot remembers half of the last one's noise. */
  sticky: (random, deviation) => {
    const normal = normals(random);
    let last = normal();
    return () => {
      last = 0.5 * last + Math.sqrt(0.75) * normal();
      return deviation * last;
    };
  },

  /** A job that runs two slots out of four, the rhythm that mirrored pairs fall into step with: half of the variance. */
  rhythm: (random, deviation) => {
    const normal = normals(random);
    const phase = Math.floor(4 * random());
    return ({ at }) => deviation * (Math.SQRT1_2 * normal() + ((at + phase) % 4 < 2 ? Math.SQRT2 : 0));
  },
};
