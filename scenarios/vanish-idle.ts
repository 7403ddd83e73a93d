/** A client vanishes from a stream that has nothing to say: no FIN, no RST, no answer to anything. Is it ever missed? */
import {
  afterChunks,
  count,
  cutClients,
  cutMeasures,
  defineScenario,
  droppedBefore,
  falseAborts,
  fin,
  Skipped,
  vanish,
} from 'halfopen/testbed';

/** The least that the kernel takes: a second of silence, then a question every second. */
const idleMs = 1000;
const asked = 2;
/** A client that answered within half of it and a second counts as one that stalls. */
const stallTimeoutMs = 1000;
/** Where TCP_USER_TIMEOUT is set, it decides and not the number of questions. */
const userTimeoutMs = 2000;
const budgetMs = idleMs + asked * 1000;
/** Servers that leave the number to the runtime: ten times, a second apart. */
const runtimeBudgetMs = idleMs + 10 * 1000;

export default defineScenario({
  name: 'vanish-idle',
  group: 'dropped-client',
  onDemand: true,
  question:
    'A client vanishes from a stream that has nothing to say: no FIN, no RST, no answer to anything. Is it ever missed?',
  needs: ['probe', 'application', 'keepAliveIdleMs'],
  measures: cutMeasures,
  bars: [
    `notice_app_ms{cut:vanish} max <= ${budgetMs + 500}`,
    'unnoticed{cut:vanish} count == 0',
    'reason_wrong{cut:vanish} count == 0',
    'releases_wrong{cut:vanish} count == 0',
    'false_aborts{twin:silent-but-there} count == 0',
  ],
  together: 8,
  seconds: { quick: 14, default: 14, full: 16 },
  run: async (context) => {
    const chooses = context.target.deadlines?.includes('userTimeoutMs');
    await context.restart({
      deadlines: { keepAliveIdleMs: idleMs, ...(chooses ? { userTimeoutMs, stallTimeoutMs } : {}) },
    });
    const watchMs = (chooses ? budgetMs : runtimeBudgetMs) + 1000;
    const clients = context.sized({ quick: 16, default: 48, full: 300 });
    const there = context.begin([
      {
        id: 'there',
        ...context.address,
        request: context.get('/idle'),
        connections: clients,
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: fin(afterChunks(1, { delayMs: watchMs + 400 })),
        timeoutMs: 60_000,
      },
    ]);
    const cut = await cutClients(context, {
      path: '/idle',
      fault: vanish(afterChunks(1), watchMs),
      cuts: clients,
      clients,
      reason: 'client-vanished',
      phase: 'idle',
      twin: null,
    });
    await context.sleep(500); // the others leave by themselves
    const { samples } = (await there.stop()).cohorts[0]!;
    if (cut.receipts.failed['not-permitted']) throw new Skipped('vanishing needs CAP_NET_ADMIN (root)');
    const found = droppedBefore(samples, context.probe.events());
    context.measure(falseAborts, count(found.count, found.of), { twin: 'silent-but-there' });
    context.exclude(found.excluded);
  },
});
