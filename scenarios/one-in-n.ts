/** One client in ten stops reading: what do the other nine notice? */
import { besideNeighbours, defineScenario, neighbourMeasures, stall } from 'halfopen/testbed';

const healthy = 32;
const stalled = Math.ceil(healthy / 9);

export default defineScenario({
  name: 'one-in-n',
  group: 'slow-reader',
  onDemand: true,
  question: 'One client in ten stops reading: what do the other nine notice?',
  needs: ['application'],
  measures: neighbourMeasures,
  bars: ['bystander_ms{phase:during} p(99) <= 1.1x{phase:before} + 0.1', 'bystander_errors count == 0'],
  together: 4,
  seconds: { quick: 2.3, default: 5.2, full: 14 },
  run: async (context) => {
    const report = await besideNeighbours(
      context,
      {
        beforeMs: context.sized({ quick: 750, default: 2000, full: 5000 }),
        duringMs: context.sized({ quick: 750, default: 2000, full: 5000 }),
      },
      (startMs, endMs) => [
        {
          id: 'stalled',
          ...context.address,
          request: context.get('/endless'),
          connections: stalled,
          pacing: { mode: 'closed', thinkMs: 0 },
          fault: stall({ receiveBuffer: 4096, holdMs: endMs - startMs }),
          startMs,
          timeoutMs: 60_000,
        },
      ],
    );
    const { receipts } = report.cohorts[0]!;
    for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
    if (receipts.ok < stalled) context.note(`only ${receipts.ok} of ${stalled} had stalled for certain`);
  },
});
