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
 * the fault is recorded. They have a thread of their own, which goes before that of the others: thousands of faulty clients
 * keep a client busy, too.
 *
 * @param faulty the faulty cohorts, given when they begin and when the last of them should be over, milliseconds
 * @returns the report of the faulty ones
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
  const withinMs = endMs + alone + 20_000;
  const [beside, report] = await Promise.all([
    context.run([healthy], withinMs, { prompt: true }),
    context.run(faulty(startMs, endMs + alone), withinMs),
  ]);
  const cohort = beside.cohorts[0]!;
  const latency = latencyByPhase(cohort);
  for (const phase of ['before', 'during'] as const)
    context.measure(bystanderMs, latency.get(phase)!, { phase }, lagMs(beside));
  const p99 = (phase: string): number => quantileOf(latency.get(phase)!, 99);
  context.measure(bystanderRatio, values([p99('during') / p99('before')]));
  context.measure(bystanderErrors, count(errorsOf(cohort), cohort.sentRequests));
  return report;
}
