import type { Cohort } from './cohort.js';

export interface OpenLoopOptions extends Omit<Cohort, 'pacing' | 'fault'> {
  readonly ratePerSecond: number;
  /** Default `poisson`, as independent users would come. */
  readonly arrivals?: 'constant' | 'poisson';
}

/** Healthy requests at a rate that a slow server does not slow down: finds the latency that users would see. */
export function openLoop(options: OpenLoopOptions): Cohort {
  const { ratePerSecond, arrivals = 'poisson', ...cohort } = options;
  return { ...cohort, pacing: { mode: 'open', ratePerSecond, arrivals } };
}
