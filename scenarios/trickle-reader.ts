/** Some clients read slowly, some as good as not at all: does the server keep the ones and end the others? */
import {
  type Cohort,
  count,
  defineScenario,
  endedByServer,
  endedMs,
  falseAborts,
  notEnded,
  oneByteReader,
  recordFalseAborts,
  slowRead,
  stall,
  values,
} from 'halfopen/testbed';

/** The rate floor: no progress for so long means stuck. */
const stallTimeoutMs = 1500;
const watchMs = 3 * stallTimeoutMs;

export default defineScenario({
  name: 'trickle-reader',
  group: 'slow-reader',
  onDemand: true,
  question: 'Some clients read slowly, some as good as not at all: does the server keep the ones and end the others?',
  needs: ['probe', 'application', 'stallTimeoutMs'],
  measures: [falseAborts, notEnded, endedMs],
  bars: [
    'false_aborts{reader:slow} count == 0',
    'not_ended{reader:stalled} count == 0',
    'not_ended{reader:byte-by-byte} count == 0',
    `ended_ms{reader:stalled} max <= ${2 * stallTimeoutMs + 500}`,
  ],
  together: 8,
  seconds: { quick: 5.5, default: 5.5, full: 8 },
  run: async (context) => {
    await context.restart({ deadlines: { stallTimeoutMs } });
    const clients = context.sized({ quick: 16, default: 48, full: 300 });
    const cohort = (id: string, fault: NonNullable<Cohort['fault']>): Cohort => ({
      id,
      ...context.address,
      request: context.get('/endless'),
      connections: clients,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: { ...fault, holdMs: watchMs },
      rampMs: 100,
      timeoutMs: 2 * watchMs,
    });
    const report = await context.run([
      cohort('slow', slowRead({ pace: { bytes: 4096, everyMs: 50 }, receiveBuffer: 8192 })),
      cohort('stalled', stall({ receiveBuffer: 8192 })),
      cohort('byte-by-byte', oneByteReader(100)),
    ]);
    const [slow, ...stuck] = report.cohorts;
    await recordFalseAborts(context, { reader: slow!.id }, slow!.samples);
    for (const { id, samples, receipts } of stuck) {
      const ended = endedByServer(samples);
      context.measure(notEnded, count(ended.kept, ended.of), { reader: id });
      context.measure(endedMs, values(ended.endedMs), { reader: id });
      for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
    }
  },
});
