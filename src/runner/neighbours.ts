import {
  bystanderErrors,
  bystanderMs,
  bystanderRatio,
  errorsOf,
  latencyByPhase,
  stalledOf,
} from '../measures/bystander.js';
import { count, type Measure, values } from '../measures/measure.js';
import { quantileOf } from '../measures/series.js';
import type { ClientReport, Cohort } from '../traffic/client.js';
import { closedLoop } from '../traffic/closed-loop.js';
import type { Phase } from '../traffic/cohort.js';
import { openLoop } from '../traffic/open-loop.js';
import { lagMs, type ScenarioContext } from './context.js';
import { warmUp } from './warm-up.js';

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
  /**
   * How often all of it comes to pass, each time `beforeMs` and `duringMs` long: with 2, what changes slowly on the machine or in
   * a young server is in both. Default 1.
   */
  readonly waves?: 1 | 2;
}

const usualWarmUpMs = { quick: 250, default: 400, full: 400 };
const neighbours = 32;
/** Between a wave and what counts as quiet again. */
const leavingMs = 300;
/** Of a server that is quick: some tens of thousands of requests. */
const busyMs = { quick: 300, default: 600, full: 1000 };

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
  { beforeMs, settlingMs = 300, duringMs, alone = 0, waves = 1 }: Stretches,
  faulty: (startMs: number, endMs: number) => readonly Cohort[],
  ratePerSecond = 500,
): Promise<ClientReport> {
  const faults: Cohort[] = [];
  const phases: Phase[] = [{ name: 'warm-up', untilMs: context.sized(usualWarmUpMs) }];
  let endMs = phases[0]!.untilMs;
  for (let wave = 0; wave < waves; wave++) {
    if (wave > 0) {
      endMs += leavingMs;
      phases.push({ name: 'leaving', untilMs: endMs });
    }
    const startMs = endMs + beforeMs;
    endMs = startMs + settlingMs + duringMs;
    phases.push(
      { name: 'before', untilMs: startMs },
      { name: 'settling', untilMs: startMs + settlingMs },
      { name: 'during', untilMs: endMs },
    );
    faults.push(...faulty(startMs, endMs + alone));
  }
  const healthy = openLoop({
    id: 'bystanders',
    ...context.address,
    request: context.get('/'),
    connections: neighbours,
    ratePerSecond,
    durationMs: endMs,
    expect: { status: 200, bodyBytes: 13 },
    phases,
  });
  const withinMs = endMs + alone + 20_000;
  const [beside, report] = await Promise.all([
    context.run([healthy], withinMs, { prompt: true }),
    context.run(faults, withinMs),
  ]);
  const cohort = beside.cohorts[0]!;
  const latency = latencyByPhase(cohort);
  for (const phase of ['before', 'during'] as const)
    context.measure(bystanderMs, latency.get(phase)!, { phase }, lagMs(beside));
  const p99 = (phase: string): number => quantileOf(latency.get(phase)!, 99);
  context.measure(bystanderRatio, values([p99('during') / p99('before')]));
  context.measure(bystanderErrors, count(errorsOf(cohort), cohort.sentRequests));
  context.exclude(stalledOf(cohort));
  return report;
}

/**
 * Keeps the server busy with what its healthy clients will ask. A fresh one compiles its code as it is asked the first
 * thousands of times, and that would fall into one of the two stretches that are laid side by side.
 */
export async function warmUpNeighbours(context: ScenarioContext): Promise<void> {
  const busy = (durationMs: number): Cohort =>
    closedLoop({
      id: 'busy',
      ...context.address,
      request: context.get('/'),
      connections: neighbours,
      durationMs,
      expect: { status: 200, bodyBytes: 13 },
    });
  await warmUp(context, busy, busyMs);
}
