/** The server is told to stop under load: is it gone when its grace is over, and is every body released exactly once? */
import {
  count,
  defineScenario,
  exitOverMs,
  releases,
  releasesWrong,
  type ScenarioContext,
  silentTruncations,
  stall,
  values,
} from 'halfopen/testbed';

const graceMs = 500;
const exitWithinMs = 5000;

export default defineScenario({
  name: 'drain-deadline',
  group: 'shutdown',
  onDemand: true,
  question:
    'The server is told to stop under load: is it gone when its grace is over, and is every body released exactly once?',
  needs: ['probe', 'application', 'process', 'graceMs'],
  measures: [exitOverMs, releasesWrong, silentTruncations],
  bars: ['exit_over_ms max <= 100', 'releases_wrong count == 0', 'silent_truncations count == 0'],
  together: 8,
  seconds: { quick: 3, default: 6, full: 17 },
  run: async (context) => {
    const times = context.sized({ quick: 2, default: 5, full: 15 });
    for (let i = 0; i < times && !context.signal.aborted; i++) await stopUnderLoad(context);
    await context.restart();
  },
});

async function stopUnderLoad(context: ScenarioContext): Promise<void> {
  await context.restart({ deadlines: { graceMs } });
  const each = { ...context.address, pacing: { mode: 'closed', thinkMs: 0 } } as const;
  const crowd = context.begin([
    // They would stay for ever; a stalled one has its server waiting to write.
    { id: 'endless', ...each, request: context.get('/paced'), connections: 16, durationMs: 20_000, timeoutMs: 20_000 },
    { id: 'stalled', ...each, request: context.get('/endless'), connections: 8, fault: stall(), timeoutMs: 20_000 },
    { id: 'silent', ...each, request: context.get('/silent'), connections: 8, durationMs: 20_000, timeoutMs: 20_000 },
    // They come to their end by themselves within the grace.
    { id: 'short', ...each, request: context.get('/finite'), connections: 16, durationMs: 20_000, timeoutMs: 20_000 },
  ]);
  await context.sleep(400);
  context.mayEnd();
  const { server } = context;
  const told = performance.now();
  process.kill(server.pid!, 'SIGTERM');
  while (server.ended() === null && performance.now() < told + exitWithinMs && !context.signal.aborted)
    await context.sleep(2);
  const over = performance.now() - told - graceMs;
  context.measure(exitOverMs, values([Math.max(0, over)]));
  if (server.ended() === null) context.note(`the server had not exited ${exitWithinMs} ms after SIGTERM`);
  const { cohorts } = await crowd.stop();
  const begun = context.probe.only('request').map(({ tag }) => ({ tag }));
  const { wrong, of } = releases(begun, context.probe.events());
  context.measure(releasesWrong, count(wrong, of));
  // Bodies without an end can't have come to one.
  const endless = cohorts.filter(({ id }) => id === 'endless' || id === 'silent');
  const whole = endless.reduce((sum, { requests }) => sum + requests, 0);
  context.measure(
    silentTruncations,
    count(
      whole,
      endless.reduce((sum, { sentRequests }) => sum + sentRequests, 0),
    ),
  );
}
