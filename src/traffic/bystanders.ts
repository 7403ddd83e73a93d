import type { Cohort } from './cohort.js';
import { type OpenLoopOptions, openLoop } from './open-loop.js';

export interface BystanderOptions extends Omit<OpenLoopOptions, 'phases' | 'startMs' | 'durationMs'> {
  /** Milliseconds before the fault, under it, and after it. */
  readonly beforeMs: number;
  readonly duringMs: number;
  readonly afterMs: number;
}

/** Healthy clients that are there before, during and after a fault: what it costs those who did nothing. */
export function bystanders(options: BystanderOptions): Cohort {
  const { beforeMs, duringMs, afterMs, ...cohort } = options;
  const end = beforeMs + duringMs + afterMs;
  return openLoop({
    ...cohort,
    durationMs: end,
    phases: [
      { name: 'before', untilMs: beforeMs },
      { name: 'during', untilMs: beforeMs + duringMs },
      { name: 'after', untilMs: end },
    ],
  });
}
