/** A thousand applications have nothing to say and yield empty chunks: what does that cost, and whom? */
import {
  afterSent,
  bystanderErrors,
  bystanderMs,
  bystanderRatio,
  collectGarbage,
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
  type ScenarioContext,
  stalledOf,
  stormCpuPercent,
  values,
  warmUpNeighbours,
} from 'halfopen/testbed';

/** The yardstick for targets that declare no schedule: asked four times a second. */
const usualCapMs = 250;
const storms = 1000;

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
  seconds: { quick: 3.5, default: 9.5, full: 20 },
  run: async (context) => {
    await warmUpNeighbours(context);
    const warmUpMs = context.sized({ quick: 200, default: 500, full: 500 });
    const settleMs = 1000;
    const calmMs = warmUpMs + context.sized({ quick: 350, default: 2000, full: 5000 });
    const duringMs = context.sized({ quick: 350, default: 3600, full: 8000 });
    const stormMs = calmMs + settleMs;
    const endMs = stormMs + duringMs;
    // In the end the storm is alone, so that its CPU can be told from what the bystanders cost.
    const aloneMs = context.sized({ quick: 350, default: 1400, full: 5000 });
    const storming = {
      id: 'storming',
      ...context.address,
      request: context.get('/storm'),
      connections: storms,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: fin(afterSent({ delayMs: settleMs + duringMs + aloneMs })),
      startMs: calmMs,
      rampMs: 300,
      timeoutMs: endMs + aloneMs + 5000,
    } as const;
    const beside = openLoop({
      id: 'bystanders',
      ...context.address,
      request: context.get('/'),
      // Enough for a server that keeps each waiting for 20 ms and more.
      connections: context.sized({ quick: 32, default: 96, full: 96 }),
      // 300 samples make a 99th percentile; to tell 0.5 of a hundred from 1 takes thousands.
      ratePerSecond: context.sized({ quick: 1000, default: 2000, full: 2000 }),
      durationMs: endMs,
      expect: { status: 200, bodyBytes: 13 },
      phases: [
        { name: 'warm-up', untilMs: warmUpMs },
        { name: 'before', untilMs: calmMs },
        { name: 'settling', untilMs: stormMs },
        { name: 'during', untilMs: endMs },
      ],
    });
    // A thousand clients that come, and the testbed itself, are not what the others are to wait for.
    const running = Promise.all([context.run([beside], 30_000, { prompt: true }), context.run([storming])]);
    const begun = performance.now();
    const until = (ms: number) => context.sleep(Math.max(0, ms - (performance.now() - begun)));
    // Both stretches begin with a heap that holds what stays: the pause for a thousand bodies that came is the settling's. A quick
    // run has no time to recover from it.
    for (const ms of context.size === 'quick' ? [] : [warmUpMs - 150, stormMs - 250]) {
      await until(ms);
      await collectGarbage(context);
    }
    await until(endMs + 150);
    const share = await cpuShare(context, aloneMs - 200);
    const [healthy, report] = await running;
    const [bystander] = healthy.cohorts;
    const [stormed] = report.cohorts;
    const asking = stormed!.receipts.ok;
    context.exclude(stormed!.receipts.failed);
    const from = report.startedNs + stormMs * 1e6;
    const rate = pullRate(context.probe.events(), from, report.startedNs + endMs * 1e6);
    const capMs = context.target.backoff?.capMs ?? usualCapMs;
    context.measure(pullsPerSecond, values([rate]));
    context.measure(pullExcess, values([rate / (asking * (1000 / capMs))]));
    context.measure(stormCpuPercent, values([100 * share]));
    const latency = latencyByPhase(bystander!);
    for (const phase of ['before', 'during'] as const)
      context.measure(bystanderMs, latency.get(phase)!, { phase }, lagMs(healthy));
    const p99 = (phase: string): number => quantileOf(latency.get(phase)!, 99);
    context.measure(bystanderRatio, values([p99('during') / p99('before')]));
    context.exclude(stalledOf(bystander!));
    context.measure(bystanderErrors, count(errorsOf(bystander!), bystander!.sentRequests));
    if (!context.target.backoff)
      context.note(`the target declares no back-off; pull_excess is against one question in ${usualCapMs} ms`);
  },
});

/** The share of a core that the server uses from now on. */
async function cpuShare(context: ScenarioContext, forMs: number): Promise<number> {
  const [cpu, time] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(forMs);
  return (context.process.cpuNs() - cpu) / Number(process.hrtime.bigint() - time);
}
