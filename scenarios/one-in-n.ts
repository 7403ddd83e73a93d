/** One client in ten stops reading: what do the other nine notice? */
import { besideNeighbours, defineScenario, neighbourMeasures, stall, warmUpNeighbours } from 'halfopen/testbed';

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
  seconds: { quick: 3.2, default: 10, full: 23 },
  run: async (context) => {
    await warmUpNeighbours(context);
    const report = await besideNeighbours(
      context,
      {
        beforeMs: context.sized({ quick: 400, default: 2000, full: 5000 }),
        duringMs: context.sized({ quick: 400, default: 2000, full: 5000 }),
        waves: 2,
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
      // Thousands of answers, to tell one late in two hundred from one in a hundred.
      context.sized({ quick: 1000, default: 2000, full: 2000 }),
    );
    for (const { receipts } of report.cohorts) {
      context.exclude(receipts.failed);
      if (receipts.ok < stalled) context.note(`only ${receipts.ok} of ${stalled} had stalled for certain`);
    }
  },
});
