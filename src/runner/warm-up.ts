import type { Cohort } from '../traffic/cohort.js';
import type { ScenarioContext } from './context.js';
import type { BySize } from './scenario.js';

/**
 * V8 compiles what was called some thousands of times, however long that takes: asked sooner, a server in JavaScript shows two to five
 * times what a request costs it, and one in C++ next to nothing of the kind.
 */
const enough = 6000;
const atMostMs: BySize<number> = { quick: 750, default: 1500, full: 5000 };

/**
 * Asks a fresh server until it is warm: for `leastMs`, and on until it has answered some thousands of requests or a slow
 * one has had its time.
 *
 * @param load a closed loop of so many milliseconds
 */
export async function warmUp(
  context: ScenarioContext,
  load: (durationMs: number) => Cohort,
  leastMs: BySize<number>,
): Promise<void> {
  const least = context.sized(leastMs);
  const cohort = load(least);
  const { depth = 1 } = cohort;
  const left = enough - (await context.run([cohort])).cohorts[0]!.requests;
  const leftMs = context.sized(atMostMs) - least;
  if (left > 0 && leftMs > 0) await context.run([{ ...cohort, durationMs: leftMs, rounds: Math.ceil(left / depth) }]);
}
