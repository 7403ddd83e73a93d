/** Clients connect, ask and reset before the server comes to accept them: does it trip over them, or serve the dead? */
import {
  count,
  deadOnArrival,
  defineScenario,
  descriptorsLeft,
  errorsOf,
  releases,
  releasesWrong,
  type ScenarioContext,
  Skipped,
  values,
  wrongAnswers,
} from 'halfopen/testbed';

/** Fewer than any backlog, so that all of them are queued while the server is stopped. */
const dead = 96;
const waiting = 24;

export default defineScenario({
  name: 'dead-on-arrival',
  group: 'dropped-client',
  onDemand: true,
  question:
    'Clients connect, ask and reset before the server comes to accept them: does it trip over them, or serve the dead?',
  needs: ['probe', 'application', 'process'],
  measures: [releasesWrong, wrongAnswers, descriptorsLeft],
  bars: ['releases_wrong count == 0', 'wrong_answers{twin:waiting} count == 0', 'descriptors_left max <= 2'],
  together: 8,
  seconds: { quick: 3, default: 4.2, full: 15 },
  run: async (context) => {
    await context.fetch('/');
    await context.sleep(200);
    const before = context.process.openDescriptors();
    const rounds = context.sized({ quick: 3, default: 6, full: 20 });
    for (let i = 0; i < rounds && !context.signal.aborted; i++) await arrive(context, i);
    await context.sleep(400);
    context.measure(descriptorsLeft, values([Math.max(0, context.process.openDescriptors() - before)]));
    context.note(`they came, ${dead} at a time, while the server was stopped (SIGSTOP): it had accepted none of them`);
  },
});

/** A crowd comes and dies while the server is stopped; beside it clients that wait, and are to be answered. */
async function arrive(context: ScenarioContext, round: number): Promise<void> {
  const each = { ...context.address, pacing: { mode: 'closed', thinkMs: 0 }, timeoutMs: 8000 } as const;
  const pids = context.process.pids();
  signal(pids, 'SIGSTOP');
  const patient = context.begin([
    {
      id: `waiting-${round}`,
      ...each,
      request: context.get('/'),
      connections: waiting,
      rounds: waiting,
      keepAlive: false,
    },
  ]);
  try {
    await context.sleep(50);
    const { samples, receipts } = (
      await context.run([
        {
          id: `dead-${round}`,
          ...each,
          request: context.get('/idle'),
          connections: dead,
          rounds: dead,
          fault: deadOnArrival(),
        },
      ])
    ).cohorts[0]!;
    signal(pids, 'SIGCONT');
    for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
    const fate = () => releases(samples, context.probe.events());
    await context.sleep(200);
    await context.probe.until(() => fate().wrong === 0, 1000, context.signal);
    // Whoever was begun was begun for nobody, which cannot always be known; but it must be over again.
    context.measure(releasesWrong, count(fate().wrong, receipts.ok));
    if (fate().of > 0)
      context.note(
        'requests of clients that were dead already were begun, as far as they were released counted as right',
      );
  } finally {
    signal(pids, 'SIGCONT');
    await context.sleep(300);
    const { cohorts } = await patient.stop();
    const { requests, unfinished } = cohorts[0]!;
    const wrong = errorsOf(cohorts[0]!) + unfinished;
    context.measure(wrongAnswers, count(wrong, requests + wrong), { twin: 'waiting' });
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  try {
    for (const pid of pids) process.kill(pid, name);
  } catch {
    throw new Skipped('the server’s process may not be stopped and continued by this user');
  }
}
