import { errorsOf } from '../measures/bystander.js';
import { clientHeadroom, doubtOf } from '../measures/headroom.js';
import { count, type Measure, values } from '../measures/measure.js';
import * as measures from '../measures/throughput.js';
import type { Size } from '../reports/model.js';
import { closedLoop } from '../traffic/closed-loop.js';
import type { Cohort } from '../traffic/cohort.js';
import type { ScenarioContext } from './context.js';
import { ceiling } from './headroom.js';
import { type BySize, defineScenario, type Scenario } from './scenario.js';
import { warmUp } from './warm-up.js';

/** What every throughput scenario records. */
export const throughputMeasures: readonly Measure[] = [
  measures.requestsPerSecond,
  measures.cpuUsPerRequest,
  measures.serverBusy,
  measures.clientBusy,
  clientHeadroom,
  measures.wrongAnswers,
  measures.autocannonPerSecond,
];

const rounds: BySize<number> = { quick: 1, default: 3, full: 7 };
const seconds: BySize<number> = { quick: 1.5, default: 1.3, full: 5 };

const usualConnections = 64;
const roundMs: BySize<number> = { quick: 200, default: 350, full: 2000 };
const warmUpMs: BySize<number> = { quick: 150, default: 300, full: 1500 };

/** What is asked for, again and again. */
export interface ThroughputPlan {
  readonly name: string;
  readonly question: string;
  readonly path: string;
  /** Size of every answer's body. */
  readonly bodyBytes: number;
  /** Requests that go out together. Default 1. */
  readonly depth?: number;
  /** At once. Default 64; fewer where an answer is megabytes. */
  readonly connections?: number;
  readonly onDemand?: true;
  /** Sizes in which autocannon has its second. Default: default and full. */
  readonly autocannonFrom?: readonly Size[];
}

/** A scenario about throughput: they differ in what is asked for, and in nothing else. */
export function throughputScenario(plan: ThroughputPlan): Scenario {
  return defineScenario({
    name: plan.name,
    group: 'throughput',
    question: plan.question,
    needs: ['application', 'process'],
    measures: throughputMeasures,
    bars: ['wrong_answers count == 0'],
    rounds,
    seconds,
    ...(plan.onDemand ? { onDemand: true } : {}),
    run: (context) => throughputRound(context, plan),
  });
}

/** One round: as many requests as its connections can ask, each answer checked. */
async function throughputRound(
  context: ScenarioContext,
  { path, bodyBytes, depth = 1, connections = usualConnections, autocannonFrom = ['default', 'full'] }: ThroughputPlan,
): Promise<void> {
  const load = (id: string, durationMs: number): Cohort =>
    closedLoop({
      id,
      ...context.address,
      request: context.get(path),
      connections,
      depth,
      durationMs,
      expect: { status: 200, bodyBytes },
    });
  await warmUp(context, (durationMs) => load('warm-up', durationMs), warmUpMs);
  if (context.round === 0) {
    if (!autocannonFrom.includes(context.size))
      context.absent(measures.autocannonPerSecond, `it takes a second; not in the ${context.size} size`);
    else if (depth === 1) await familiarFigure(context, path, connections);
    else context.absent(measures.autocannonPerSecond, 'it asks one at a time here');
  }
  const before = context.process.cpuNs();
  const report = await context.run([load('load', context.sized(roundMs))]);
  const cpuNs = context.process.cpuNs() - before;
  const [cohort] = report.cohorts;
  const elapsedNs = report.endedNs - report.startedNs;
  const { requests } = cohort!;
  const perSecond = requests / (elapsedNs / 1e9);
  context.measure(measures.requestsPerSecond, values([perSecond]));
  context.measure(measures.cpuUsPerRequest, values([measures.microsecondsPerRequest(cpuNs, requests)]));
  context.measure(measures.wrongAnswers, count(errorsOf(cohort!), requests + errorsOf(cohort!)));
  context.measure(measures.clientBusy, values([report.client.cpuNs / elapsedNs]));
  context.measure(measures.serverBusy, values([cpuNs / elapsedNs]));
  const headroom = (await ceiling(context, load('load', 0))) / perSecond;
  context.measure(clientHeadroom, values([headroom]));
  const doubt = doubtOf(headroom);
  if (doubt === null) return;
  context.doubt(measures.requestsPerSecond, doubt);
  context.note(
    'the load generator had less than twice the headroom: the throughput is at least this; CPU per request holds',
  );
}

/** Once is enough: it is there to be recognised, not to be relied on. */
async function familiarFigure(context: ScenarioContext, path: string, connections: number): Promise<void> {
  const figures = await context.autocannon(path, connections, 1);
  if (figures) {
    context.measure(measures.autocannonPerSecond, values([figures.requestsPerSecond]));
    context.note(
      'autocannon is JavaScript on one core, and ran once for a second: often it is the limit, not the server',
    );
  } else if (!context.signal.aborted) context.absent(measures.autocannonPerSecond, 'autocannon is not installed');
}
