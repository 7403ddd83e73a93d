import type { Fault } from '../faults/fault.js';
import { lateFin } from '../faults/late-fin.js';
import { chainOf, hopMs, hops } from '../measures/chain.js';
import { falseAborts } from '../measures/false-aborts.js';
import { count, type Labels, type Measure, values } from '../measures/measure.js';
import { type Notices, noticeAppMs, notices, reasonWrong, releaseMs, unnoticed } from '../measures/notice.js';
import { releases, releasesWrong } from '../measures/releases.js';
import type { Cohort, CohortReport, CutSample } from '../traffic/client.js';
import type { ScenarioContext } from './context.js';
import { recordFalseAborts } from './false-aborts.js';

/** What every scenario about a client that leaves records. */
export const cutMeasures: readonly Measure[] = [
  noticeAppMs,
  releaseMs,
  unnoticed,
  reasonWrong,
  releasesWrong,
  falseAborts,
  hopMs,
];

/** How long the application may take to learn of the last cut before it counts as unnoticed. */
const usualNoticeWithinMs = { quick: 700, default: 1000, full: 1500 };
/** They come one by one. Those that stay for a while would go on coming in the crowd that they began as. */
const rampMs = 50;
const longRampMs = 500;
/** Nobody looks at what becomes of these. */
const warmUpHoldMs = 50;
const longestWarmUpMs = 1000;
const clients = 32;
const twinClients = 16;

export interface CutPlan {
  readonly path: string;
  readonly fault: Fault;
  /** At least 300 in all rounds, for the 99th percentile. */
  readonly cuts: number;
  /** The gateway's names for it: `client-fin`. Several where the kernel decides. */
  readonly reason: string | readonly string[];
  /** Where in the life of its response the client leaves, as a further label: `blocked`, `before-headers`, … */
  readonly phase?: string;
  /** Further labels. */
  readonly labels?: Labels;
  /** Other bytes than a GET of `path`. */
  readonly request?: Cohort['request'];
  /** A network namespace of the clients' own. */
  readonly network?: string;
  /** At once; default 32. */
  readonly clients?: number;
  /** Default 700 in the quick size, 1,000, and 1,500 in the full one. */
  readonly noticeWithinMs?: number;
  /** Those who do nothing wrong beside them; default: they read a stream to its end, and then leave. */
  readonly twin?: Twin | null;
}

/** Clients that look like the cut ones, and are there. */
export interface Twin {
  /** The label of their false aborts. */
  readonly name: string;
  readonly request: Cohort['request'];
  readonly fault: Fault;
  readonly expect?: Cohort['expect'];
  readonly rounds?: number;
  /** At once; default 16. Few where one takes megabytes. */
  readonly clients?: number;
}

/**
 * Clients come and are cut, a few hundred a second, spread so that the server is close to idle; beside them their
 * twins: to call what they do an abort is wrong. The last step of the fault is the cut.
 */
export async function cutClients(context: ScenarioContext, plan: CutPlan): Promise<CohortReport> {
  const { path, fault } = plan;
  // Beside other servers no percentile of a time decides in the quick size: counts do, with a quarter as many.
  const counting = context.beside && context.size === 'quick';
  const cuts = counting ? Math.ceil(plan.cuts / 4) : plan.cuts;
  const cut: Cohort = {
    id: 'cut',
    ...context.address,
    request: plan.request ?? context.get(path),
    connections: Math.min(cuts, plan.clients ?? clients),
    pacing: { mode: 'closed', thinkMs: 0 },
    fault,
    rounds: cuts,
    rampMs: fault.holdMs === undefined ? rampMs : Math.min(fault.holdMs, longRampMs),
  };
  // Code that has not run yet is slow. Those that stay for long have time for that, and would still be there.
  const { holdMs = 0 } = fault;
  if (!counting && holdMs <= longestWarmUpMs && plan.network === undefined) {
    const brief = holdMs > warmUpHoldMs ? { ...fault, holdMs: warmUpHoldMs } : fault;
    await context.run([{ ...cut, id: 'warm-up', fault: brief, rounds: cut.connections * 2, timeoutMs: 2000 }]);
  }
  const twin = plan.twin === undefined ? readToTheEnd(context) : plan.twin;
  const beside = twin && context.target.application ? [twinCohort(context, twin, Math.ceil(cuts / 6))] : [];
  const report = await context.run(
    [cut, ...beside],
    undefined,
    plan.network === undefined ? {} : { network: plan.network },
  );
  const [cutReport, twinReport] = report.cohorts;
  const samples = lastSteps(cutReport!.samples, fault);
  const told = () => notices(samples, context.probe.events());
  const within = plan.noticeWithinMs ?? context.sized(usualNoticeWithinMs);
  await context.probe.until(() => told().unnoticed === 0, within, context.signal);
  const labels = { cut: fault.name, ...(plan.phase === undefined ? {} : { phase: plan.phase }), ...plan.labels };
  recordNotices(context, labels, [plan.reason].flat(), told());
  await recordRelease(context, labels, samples);
  if (twin && twinReport) await recordFalseAborts(context, { twin: twin.name }, twinReport.samples);
  else if (twin) context.absent(falseAborts, 'the target has no stream that ends by itself');
  return { ...cutReport!, samples };
}

/** What the cut itself left behind, of a fault that does something else before it. */
export function lastSteps(samples: readonly CutSample[], fault: Fault): readonly CutSample[] {
  return samples.filter(({ step }) => step === fault.steps.length - 1);
}

function readToTheEnd(context: ScenarioContext): Twin {
  return { name: 'late-fin', request: context.get('/finite'), fault: lateFin({ delaySpreadMs: 5 }) };
}

function twinCohort(context: ScenarioContext, twin: Twin, rounds: number): Cohort {
  return {
    id: 'twin',
    ...context.address,
    request: twin.request,
    fault: twin.fault,
    ...(twin.expect ? { expect: twin.expect } : {}),
    connections: Math.min(twin.rounds ?? rounds, twin.clients ?? twinClients),
    pacing: { mode: 'closed', thinkMs: 0 },
    rounds: twin.rounds ?? rounds,
    rampMs,
  };
}

function recordNotices(context: ScenarioContext, labels: Labels, reasons: readonly string[], found: Notices): void {
  context.measure(noticeAppMs, values(found.noticeMs), labels);
  context.measure(releaseMs, values(found.releaseMs), labels);
  context.measure(unnoticed, count(found.unnoticed, found.cuts), labels);
  context.exclude(found.excluded);
  // Whoever is told before the cut is told of a client that is still there.
  context.measure(falseAborts, count(found.early, found.cuts), labels);
  if (!context.target.tellsReasons) context.absent(reasonWrong, 'the target does not say why a client left');
  else {
    const told = Object.values(found.reasons).reduce((sum, each) => sum + each, 0);
    const right = reasons.reduce((sum, reason) => sum + (found.reasons[reason] ?? 0), 0);
    context.measure(reasonWrong, count(told - right, told), labels);
    for (const [reason, times] of Object.entries(found.reasons))
      if (!reasons.includes(reason)) context.note(`${labels.cut}: ${times} × told ${reason}`);
  }
}

/** A body may be released a moment after its application was told. */
const releaseWithinMs = 300;

async function recordRelease(context: ScenarioContext, labels: Labels, samples: readonly CutSample[]): Promise<void> {
  const released = () => releases(samples, context.probe.events());
  await context.probe.until(() => released().wrong === 0, releaseWithinMs, context.signal);
  const { wrong, of } = released();
  context.measure(releasesWrong, count(wrong, of), labels);
  const chain = chainOf(samples, context.probe.events());
  for (const hop of hops) if (chain[hop].length > 0) context.measure(hopMs, values(chain[hop]), { ...labels, hop });
}
