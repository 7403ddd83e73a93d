import type { Fault } from '../faults/fault.js';
import { lateFin } from '../faults/late-fin.js';
import { falseAborts, falselyAborted } from '../measures/false-aborts.js';
import { count, type Measure, values } from '../measures/measure.js';
import { type Notices, noticeAppMs, notices, reasonWrong, releaseMs, unnoticed } from '../measures/notice.js';
import type { Cohort, CohortReport } from '../traffic/client.js';
import type { ScenarioContext } from './context.js';

/** What every scenario about a client that leaves records. */
export const cutMeasures: readonly Measure[] = [noticeAppMs, releaseMs, unnoticed, reasonWrong, falseAborts];

/** How long the application may take to learn of the last cut before it counts as unnoticed. */
const noticeWithinMs = 1500;
const clients = 32;
const twinClients = 16;

export interface CutPlan {
  readonly path: string;
  readonly fault: Fault;
  /** At least 300, for the 99th percentile. */
  readonly cuts: number;
  /** The gateway's name for it: `client-fin`. */
  readonly reason: string;
}

/**
 * Clients come and are cut, a few hundred a second, spread so that the server is close to idle; beside them their
 * twins, who read a stream to its end and then leave: to call that an abort is wrong.
 */
export async function cutClients(
  context: ScenarioContext,
  { path, fault, cuts, reason }: CutPlan,
): Promise<CohortReport> {
  const cut: Cohort = {
    id: 'cut',
    ...context.address,
    request: context.get(path),
    connections: clients,
    pacing: { mode: 'closed', thinkMs: 0 },
    fault,
    rounds: cuts,
    rampMs: 50,
  };
  const twin: Cohort = {
    ...cut,
    id: 'twin',
    request: context.get('/finite'),
    connections: twinClients,
    fault: lateFin({ delaySpreadMs: 5 }),
    rounds: Math.ceil(cuts / 6),
  };
  const report = await context.run(context.target.application ? [cut, twin] : [cut]);
  const [cutReport, twinReport] = report.cohorts;
  const told = () => notices(cutReport!.samples, context.probe.events());
  await context.probe.until(() => told().unnoticed === 0, noticeWithinMs, context.signal);
  record(context, fault.name, reason, told());
  if (twinReport) recordTwin(context, twinReport);
  else context.absent(falseAborts, 'the target has no stream that ends by itself');
  return cutReport!;
}

function record(context: ScenarioContext, cut: string, reason: string, found: Notices): void {
  const labels = { cut };
  context.measure(noticeAppMs, values(found.noticeMs), labels);
  context.measure(releaseMs, values(found.releaseMs), labels);
  context.measure(unnoticed, count(found.unnoticed, found.cuts), labels);
  context.exclude(found.excluded);
  if (found.early > 0) context.note(`${found.early} applications were told that the client is gone before it was`);
  if (!context.target.tellsReasons) context.absent(reasonWrong, 'the target does not say why a client left');
  else {
    const told = Object.values(found.reasons).reduce((sum, each) => sum + each, 0);
    context.measure(reasonWrong, count(told - (found.reasons[reason] ?? 0), told), labels);
  }
}

function recordTwin(context: ScenarioContext, { samples }: CohortReport): void {
  const found = falselyAborted(samples, context.probe.events());
  context.measure(falseAborts, count(found.count, found.of), { twin: 'late-fin' });
  context.exclude(found.excluded);
  for (const [cause, times] of Object.entries(found.causes)) context.note(`late-fin: ${times} × ${cause}`);
}
