import { errorsOf } from '../measures/bystander.js';
import { count, type Measure, values } from '../measures/measure.js';
import * as measures from '../measures/throughput.js';
import { closedLoop } from '../traffic/closed-loop.js';
import type { ScenarioContext } from './context.js';
import type { BySize } from './scenario.js';

/** What every throughput scenario records. */
export const throughputMeasures: readonly Measure[] = [
  measures.requestsPerSecond,
  measures.cpuUsPerRequest,
  measures.serverBusy,
  measures.clientBusy,
  measures.wrongAnswers,
  measures.autocannonPerSecond,
];

export const throughputRounds: BySize<number> = { quick: 1, default: 3, full: 7 };
export const throughputSeconds: BySize<number> = { quick: 2.6, default: 1.6, full: 3 };

const connections = 64;
const roundMs: BySize<number> = { quick: 400, default: 800, full: 2000 };
const warmUpMs: BySize<number> = { quick: 500, default: 700, full: 1500 };
const busyFrom = 0.85;

/**
 * One round: as many requests as 64 connections can ask, each answer checked.
 *
 * @param bodyBytes size of every answer's body
 */
export async function throughputRound(context: ScenarioContext, path: string, bodyBytes: number): Promise<void> {
  const load = (id: string, durationMs: number) =>
    closedLoop({
      id,
      ...context.address,
      request: context.get(path),
      connections,
      durationMs,
      expect: { status: 200, bodyBytes },
    });
  if (context.round === 0) {
    await context.run([load('warm-up', context.sized(warmUpMs))]);
    await familiarFigure(context, path);
  }
  const before = context.process.cpuNs();
  const report = await context.run([load('load', context.sized(roundMs))]);
  const cpuNs = context.process.cpuNs() - before;
  const [cohort] = report.cohorts;
  const elapsedNs = report.endedNs - report.startedNs;
  const { requests } = cohort!;
  context.measure(measures.requestsPerSecond, values([requests / (elapsedNs / 1e9)]));
  context.measure(measures.cpuUsPerRequest, values([measures.microsecondsPerRequest(cpuNs, requests)]));
  context.measure(measures.wrongAnswers, count(errorsOf(cohort!), requests + errorsOf(cohort!)));
  const client = report.client.cpuNs / elapsedNs;
  const server = cpuNs / elapsedNs;
  context.measure(measures.clientBusy, values([client]));
  context.measure(measures.serverBusy, values([server]));
  if (server >= busyFrom) return;
  context.note(
    client >= busyFrom
      ? 'the load generator was the limit: the throughput is at least this; CPU per request holds'
      : 'neither server nor load generator had a whole core to itself: the throughput is at least this; CPU per request holds',
  );
}

/** Once is enough: it is there to be recognised, not to be relied on. It also warms the server up. */
async function familiarFigure(context: ScenarioContext, path: string): Promise<void> {
  const figures = await context.autocannon(path, connections, 1);
  if (figures) {
    context.measure(measures.autocannonPerSecond, values([figures.requestsPerSecond]));
    context.note(
      'autocannon is JavaScript on one core, and ran once for a second: often it is the limit, not the server',
    );
  } else if (!context.signal.aborted) context.absent(measures.autocannonPerSecond, 'autocannon is not installed');
}
