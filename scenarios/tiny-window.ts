/** Eager clients behind the smallest window take a large answer in thousands of small steps: do they get it whole, and who pays? */
import {
  besideNeighbours,
  count,
  cpuUsPerRequest,
  defineScenario,
  errorsOf,
  falseAborts,
  microsecondsPerRequest,
  neighbourMeasures,
  recordFalseAborts,
  tinyWindow,
  values,
  wrongAnswers,
} from 'halfopen/testbed';

const fixedBytes = 4 * 1024 * 1024;

export default defineScenario({
  name: 'tiny-window',
  group: 'slow-reader',
  onDemand: true,
  question:
    'Eager clients behind the smallest window take a large answer in thousands of small steps: do they get it whole, and who pays?',
  needs: ['probe', 'application', 'process'],
  measures: [wrongAnswers, falseAborts, cpuUsPerRequest, ...neighbourMeasures],
  bars: ['wrong_answers count == 0', 'false_aborts{twin:tiny-window} count == 0', 'bystander_errors count == 0'],
  together: 8,
  seconds: { quick: 3, default: 4.5, full: 9 },
  run: async (context) => {
    const clients = context.sized({ quick: 4, default: 16, full: 32 });
    const before = context.process.cpuNs();
    const report = await besideNeighbours(
      context,
      {
        beforeMs: context.sized({ quick: 800, default: 1500, full: 4000 }),
        duringMs: context.sized({ quick: 800, default: 1500, full: 4000 }),
        alone: 3000,
      },
      (startMs) => [
        {
          id: 'tiny',
          ...context.address,
          request: context.get('/fixed'),
          connections: clients,
          pacing: { mode: 'closed', thinkMs: 0 },
          fault: tinyWindow(),
          startMs,
          rounds: clients,
          timeoutMs: 15_000,
          expect: { status: 200, bodyBytes: fixedBytes },
        },
      ],
    );
    const [tiny] = report.cohorts;
    const { requests, samples } = tiny!;
    context.measure(wrongAnswers, count(errorsOf(tiny!), requests + errorsOf(tiny!)));
    context.measure(cpuUsPerRequest, values([microsecondsPerRequest(context.process.cpuNs() - before, requests)]));
    await recordFalseAborts(context, { twin: 'tiny-window' }, samples);
    context.note('CPU per answer includes what the neighbours cost');
  },
});
