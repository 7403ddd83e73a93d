import type { Cohort } from './cohort.js';
import { type OpenLoopOptions, openLoop } from './open-loop.js';

export interface RampOptions extends Omit<OpenLoopOptions, 'ratePerSecond' | 'startMs' | 'durationMs' | 'phases'> {
  /** Requests a second at its foot and at its top. */
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  /** At least two. */
  readonly steps: number;
  readonly stepMs: number;
  /** Milliseconds after the run's begin. Default 0. */
  readonly startMs?: number;
}

/**
 * Healthy requests at a rate that rises (or falls) by equal factors, each step a cohort of its own: `id-0`, `id-1`, …
 *
 * @throws RangeError for rates that are not above 0, or fewer than two steps
 */
export function ramp(options: RampOptions): Cohort[] {
  const { id, fromPerSecond, toPerSecond, steps, stepMs, startMs = 0, ...rest } = options;
  if (!(fromPerSecond > 0 && toPerSecond > 0)) throw new RangeError('a ramp goes from one rate above 0 to another');
  if (!(Number.isInteger(steps) && steps >= 2)) throw new RangeError(`a ramp has two steps or more, got ${steps}`);
  const factor = (toPerSecond / fromPerSecond) ** (1 / (steps - 1));
  return Array.from({ length: steps }, (_, i) =>
    openLoop({
      ...rest,
      id: `${id}-${i}`,
      ratePerSecond: fromPerSecond * factor ** i,
      startMs: startMs + i * stepMs,
      durationMs: stepMs,
    }),
  );
}
