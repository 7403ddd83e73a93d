import type { Cohort } from './cohort.js';

export interface ClosedLoopOptions extends Omit<Cohort, 'pacing' | 'fault'> {
  /** Milliseconds between an answer and the next request of the same connection. Default 0. */
  readonly thinkMs?: number;
}

/** N healthy connections, each asking again as soon as it has its answer: finds the highest throughput. */
export function closedLoop(options: ClosedLoopOptions): Cohort {
  const { thinkMs = 0, ...cohort } = options;
  return { ...cohort, pacing: { mode: 'closed', thinkMs } };
}
