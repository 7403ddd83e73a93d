/** One of several worker processes is killed under load: who notices besides its own clients, and is it replaced? */
import {
  closedLoop,
  count,
  defineScenario,
  errorsOf,
  restoredMs,
  type ScenarioContext,
  silentTruncations,
  values,
  wrongAnswers,
} from 'halfopen/testbed';

const workers = 2;
const finiteBytes = 10 * 1024;
const restoredWithinMs = 5000;

export default defineScenario({
  name: 'worker-kill',
  group: 'shutdown',
  onDemand: true,
  question:
    'One of several worker processes is killed under load: who notices besides its own clients, and is it replaced?',
  needs: ['application', 'process', 'workers'],
  measures: [restoredMs, silentTruncations, wrongAnswers],
  bars: ['restored_ms max <= 3000', 'silent_truncations count == 0', 'wrong_answers{when:after} count == 0'],
  together: 8,
  seconds: { quick: 4.5, default: 8.5, full: 62 },
  run: async (context) => {
    const times = context.sized({ quick: 1, default: 2, full: 15 });
    for (let i = 0; i < times && !context.signal.aborted; i++) await killOne(context);
  },
});

async function killOne(context: ScenarioContext): Promise<void> {
  await context.restart({ workers });
  const load = (id: string, durationMs: number) =>
    closedLoop({
      id,
      ...context.address,
      request: context.get('/finite'),
      connections: 32,
      durationMs,
      rampMs: 200,
      expect: { status: 200, bodyBytes: finiteBytes },
    });
  const [supervisor, ...before] = context.process.pids();
  const running = context.run([load('during', 2500)]);
  await context.sleep(700);
  const victim = before[0]!;
  const killed = performance.now();
  process.kill(victim, 'SIGKILL');
  const restored = () => {
    const [, ...now] = context.process.pids();
    return !now.includes(victim) && now.length >= before.length;
  };
  while (!restored() && performance.now() < killed + restoredWithinMs && !context.signal.aborted)
    await context.sleep(5);
  context.measure(restoredMs, values([performance.now() - killed]));
  if (!restored()) context.note(`process ${supervisor} had not replaced its worker within ${restoredWithinMs} ms`);
  const [during] = (await running).cohorts;
  // What the dead worker had begun is cut off, and must look like it.
  const { integrity } = during!.errors;
  context.measure(silentTruncations, count(integrity, during!.sentRequests));
  context.note(`${errorsOf(during!)} of ${during!.sentRequests} requests were cut off with their worker`);
  const [after] = (await context.run([load('after', 800)])).cohorts;
  context.measure(wrongAnswers, count(errorsOf(after!), after!.requests + errorsOf(after!)), { when: 'after' });
}
