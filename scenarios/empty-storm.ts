/** A thousand applications have nothing to say and yield empty chunks: what does that cost, and whom? */
import {
  afterSent,
  bystanderErrors,
  bystanderMs,
  bystanderRatio,
  count,
  defineScenario,
  errorsOf,
  fin,
  lagMs,
  latencyByPhase,
  openLoop,
  pullExcess,
  pullRate,
  pullsPerSecond,
  quantileOf,
  stormCpuPercent,
  values,
} from 'halfopen/testbed';

/** The yardstick for targets that declare no schedule: asked four times a second. */
const usualCapMs = 250;
const settleMs = 1000;

export default defineScenario({
  name: 'empty-storm',
  group: 'empty-yield',
  question: 'A thousand applications have nothing to say and yield empty chunks: what does that cost, and whom?',
  needs: ['probe', 'application', 'process'],
  measures: [pullsPerSecond, pullExcess, stormCpuPercent, bystanderMs, bystanderRatio, bystanderErrors],
  bars: [
    'pull_excess max <= 1.1',
    'storm_cpu_percent max <= 3',
    'bystander_ms{phase:during} p(99) <= 1.1x{phase:before} + 0.1',
    'bystander_errors count == 0',
  ],
  seconds: { quick: 4, default: 6.5, full: 15 },
  run: async (context) => {
    const storms = 1000;
    const beforeMs = context.sized({ quick: 1000, default: 2000, full: 5000 });
    const duringMs = context.sized({ quick: 1500, default: 3000, full: 8000 });
    const stormMs = beforeMs + settleMs;
    const endMs = stormMs + duringMs;
    const storming = {
      id: 'storming',
      ...context.address,
      request: context.get('/storm'),
      connections: storms,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: fin(afterSent({ delayMs: settleMs + duringMs })),
      startMs: beforeMs,
      rampMs: 300,
      timeoutMs: endMs + 5000,
    } as const;
    const beside = openLoop({
      id: 'bystanders',
      ...context.address,
      request: context.get('/'),
      connections: 32,
      ratePerSecond: 500,
      durationMs: endMs,
      expect: { status: 200, bodyBytes: 13 },
      phases: [
        { name: 'before', untilMs: beforeMs },
        { name: 'settling', untilMs: stormMs },
        { name: 'during', untilMs: endMs },
      ],
    });
    const running = context.run([storming, beside]);
    const [before, during] = await Promise.all([
      cpuShare(context, 200, beforeMs - 50),
      cpuShare(context, stormMs, endMs - 50),
    ]);
    const report = await running;
    const [, bystander] = report.cohorts;
    const from = report.startedNs + stormMs * 1e6;
    const rate = pullRate(context.probe.events(), from, report.startedNs + endMs * 1e6);
    const capMs = context.target.backoff?.capMs ?? usualCapMs;
    context.measure(pullsPerSecond, values([rate]));
    context.measure(pullExcess, values([rate / (storms * (1000 / capMs))]));
    context.measure(stormCpuPercent, values([100 * (during - before)]));
    const latency = latencyByPhase(bystander!);
    for (const phase of ['before', 'during'] as const)
      context.measure(bystanderMs, latency.get(phase)!, { phase }, lagMs(report));
    const p99 = (phase: string): number => quantileOf(latency.get(phase)!, 99);
    context.measure(bystanderRatio, values([p99('during') / p99('before')]));
    context.measure(bystanderErrors, count(errorsOf(bystander!), bystander!.sentRequests));
    if (!context.target.backoff)
      context.note(`the target declares no back-off; pull_excess is against one question in ${usualCapMs} ms`);
  },
});

type Context = Parameters<Parameters<typeof defineScenario>[0]['run']>[0];

/** The share of a core that the server used between two moments from now. */
async function cpuShare(context: Context, fromMs: number, toMs: number): Promise<number> {
  await context.sleep(fromMs);
  const [cpu, time] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(toMs - fromMs);
  return (context.process.cpuNs() - cpu) / Number(process.hrtime.bigint() - time);
}
