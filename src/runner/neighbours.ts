import { bystanderErrors, bystanderMs, bystanderRatio, errorsOf, latencyByPhase } from '../measures/bystander.js';
import { count, type Measure, values } from '../measures/measure.js';
import { quantileOf } from '../measures/series.js';
import type { ClientReport, Cohort } from '../traffic/client.js';
import { openLoop } from '../traffic/open-loop.js';
import { lagMs, type ScenarioContext } from './context.js';

/** What a fault costs those who did nothing. */
export const neighbourMeasures: readonly Measure[] = [bystanderMs, bystanderRatio, bystanderErrors];

/** Milliseconds of each stretch of a run beside healthy neighbours. */
export interface Stretches {
  readonly beforeMs: number;
  /** The fault has begun, and its beginning is not what is asked about. Default 300. */
  readonly settlingMs?: number;
  readonly duringMs: number;
  /** What the faulty clients do goes on so long after it. Default 0. */
  readonly alone?: number;
}

const usualWarmUpMs = { quick: 250, default: 400, full: 400 };
const neighbours = 32;

/**
 * Runs faulty cohorts beside an open loop of healthy clients, which came before them: their latency before and during
 * the fault is recorded.
 *
 * @param faulty the faulty cohorts, given when they begin and when the last of them should be over, milliseconds
 * @returns the report; the neighbours' cohort is its last one
 */
export async function besideNeighbours(
  context: ScenarioContext,
  { beforeMs, settlingMs = 300, duringMs, alone = 0 }: Stretches,
  faulty: (startMs: number, endMs: number) => readonly Cohort[],
  ratePerSecond = 500,
): Promise<ClientReport> {
  const warmUpMs = context.sized(usualWarmUpMs);
  const startMs = warmUpMs + beforeMs;
  const fromMs = startMs + settlingMs;
  const endMs = fromMs + duringMs;
  const healthy = openLoop({
    id: 'bystanders',
    ...context.address,
    request: context.get('/'),
    connections: neighbours,
    ratePerSecond,
    durationMs: endMs,
    expect: { status: 200, bodyBytes: 13 },
    phases: [
      { name: 'warm-up', untilMs: warmUpMs },
      { name: 'before', untilMs: startMs },
      { name: 'settling', untilMs: fromMs },
      { name: 'during', untilMs: endMs },
    ],
  });
  const report = await context.run([...faulty(startMs, endMs + alone), healthy], endMs + alone + 20_000);
  const cohort = report.cohorts.at(-1)!;
  const latency = latencyByPhase(cohort);
  for (const phase of ['before', 'during'] as const)
    context.measure(bystanderMs, latency.get(phase)!, { phase }, lagMs(report));
  const p99 = (phase: string): number => quantileOf(latency.get(phase)!, 99);
  context.measure(bystanderRatio, values([p99('during') / p99('before')]));
  context.measure(bystanderErrors, count(errorsOf(cohort), cohort.sentRequests));
  return report;
}
