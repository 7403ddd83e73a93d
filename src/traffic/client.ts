import type { Cohort } from './cohort.js';
import type { ClientReport } from './report.js';

export type { Cohort } from './cohort.js';
export type { ClientReport, CohortReport, CutSample, Receipt } from './report.js';

/** Totals so far, over all cohorts. */
export interface Progress {
  readonly elapsedMs: number;
  /** Complete, correct answers. */
  readonly requests: number;
  readonly errors: number;
  readonly bytes: number;
  readonly openConnections: number;
  /** Steps of faults that were carried out. */
  readonly cuts: number;
}

export interface RunOptions {
  /** Core for the client's thread. Absent: wherever the scheduler likes. */
  readonly cpu?: number;
  /** Every random decision comes from it. An integer in [0, 2^53). */
  readonly seed: number;
  /** The run ends then at the latest, with what it has. Milliseconds. */
  readonly deadlineMs: number;
  /** Ends the run early; the promise still resolves, with what was measured. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** How often `onProgress` is called. Default 250. */
  readonly progressMs?: number;
}

/**
 * Runs cohorts side by side on one thread of their own, with one clock, until each has done its rounds or its time
 * is over.
 *
 * @throws TypeError on a plan that cannot be run; Error when the addon is not built
 */
export async function runCohorts(_cohorts: readonly Cohort[], _options: RunOptions): Promise<ClientReport> {
  throw new Error('not built yet');
}
