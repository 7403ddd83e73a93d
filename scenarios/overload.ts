/** Thousands of clients at once do next to nothing: heads and bodies that trickle, readers that don’t read. Who goes, and who suffers? */
import {
  besideNeighbours,
  type Cohort,
  count,
  defineScenario,
  endedByServer,
  endedMs,
  type Fault,
  headBytes,
  neighbourMeasures,
  notEnded,
  slowRequest,
  stall,
  values,
  warmUpNeighbours,
} from 'halfopen/testbed';

/** Of heads and readers; for bodies it is the time after which the gateway asks for a rate, unless told otherwise. */
const deadlineMs = 5000;
const goneWithinMs = deadlineMs + 1000;
/** Thousands of handshakes are the client’s work as much as the server’s: the bystanders are looked at when all are there. */
const rampMs = 1000;
/** A core that has them all to serve takes longer than that to welcome them. */
const settlingMs = 2000;
/** Some eighty samples lie beyond the p99: with a third of that a verdict hangs on four or five of them. */
const bystandersPerSecond = 1500;

export default defineScenario({
  name: 'overload',
  group: 'mixed',
  onDemand: true,
  question:
    'Thousands of clients at once do next to nothing: heads and bodies that trickle, readers that don’t read. Who goes, and who suffers?',
  needs: ['probe', 'application', 'process', 'headTimeoutMs', 'stallTimeoutMs'],
  measures: [notEnded, endedMs, ...neighbourMeasures],
  bars: [
    'not_ended{client:slow-head} count == 0',
    'not_ended{client:slow-body} count == 0',
    'not_ended{client:stalled} count == 0',
    `ended_ms{client:slow-head} max <= ${goneWithinMs}`,
    `ended_ms{client:slow-body} max <= ${goneWithinMs}`,
    `ended_ms{client:stalled} max <= ${goneWithinMs}`,
    'bystander_errors share <= 0.001',
    'bystander_ms{phase:during} p(99) <= 1.5x{phase:before} + 0.1',
  ],
  together: 4,
  seconds: { quick: 11, default: 29, full: 33 },
  run: async (context) => {
    await context.restart({ deadlines: { headTimeoutMs: deadlineMs, stallTimeoutMs: deadlineMs } });
    const clients = context.sized({ quick: 700, default: 4000, full: 8000 });
    const upload = context.post('/upload', 4096);
    const trickle = { bytes: 1, everyMs: 500 };
    const ways: readonly [id: string, fault: Fault, request: string, share: number][] = [
      ['slow-head', slowRequest(trickle), context.get('/'), 0.425],
      ['slow-body', slowRequest(trickle, headBytes(upload)), upload, 0.425],
      ['stalled', stall({ receiveBuffer: 4096 }), context.get('/endless'), 0.15],
    ];
    const crowd = (startMs: number): readonly Cohort[] =>
      ways.map(([id, fault, request, share]) => ({
        id,
        ...context.address,
        request,
        connections: Math.round(clients * share),
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: { ...fault, holdMs: 2 * deadlineMs },
        startMs,
        rampMs,
        rounds: Math.round(clients * share),
        timeoutMs: 3 * deadlineMs,
      }));
    const duringMs = goneWithinMs + 500 - rampMs;
    await warmUpNeighbours(context);
    // A server compiles what it does for such clients, and finds the size of its heap, when the first thousands come, and what it does when
    // they go with the second. That is not asked here.
    const before = context.sized({ quick: 0, default: 2, full: 2 });
    for (let i = 0; i < before; i++) await context.run(crowd(0), 3 * deadlineMs);
    const beforeMs = context.sized({ quick: 1000, default: 6000, full: 10_000 });
    const report = await besideNeighbours(context, { beforeMs, settlingMs, duringMs }, crowd, bystandersPerSecond);
    for (const { id, samples, receipts } of report.cohorts) {
      const ended = endedByServer(samples);
      context.measure(notEnded, count(ended.kept, ended.of), { client: id });
      context.measure(endedMs, values(ended.endedMs), { client: id });
      for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
    }
  },
});
