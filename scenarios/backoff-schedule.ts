/** An application with nothing to say yields empty chunks: is it asked again when the declared schedule says so? */
import {
  afterSent,
  backoffConformance,
  count,
  declaredWaitMs,
  defineScenario,
  delayAfter,
  fin,
  gapLatenessMs,
  gapsOutside,
  values,
  waitMs,
  waitsInOrder,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'backoff-schedule',
  group: 'empty-yield',
  question:
    'An application with nothing to say yields empty chunks: is it asked again when the declared schedule says so?',
  needs: ['probe', 'application', 'backoff'],
  measures: [gapsOutside, gapLatenessMs, waitMs, declaredWaitMs],
  bars: ['gaps_outside share < 0.01'],
  seconds: { quick: 2, default: 3.2, full: 6 },
  run: async (context) => {
    const holdMs = context.sized({ quick: 1200, default: 2500, full: 5000 });
    await context.run([
      {
        id: 'storming',
        ...context.address,
        request: context.get('/storm-told'),
        connections: context.sized({ quick: 30, default: 50, full: 100 }),
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: fin(afterSent({ delayMs: holdMs })),
        rampMs: 200,
        timeoutMs: holdMs + 2000,
      },
    ]);
    const policy = context.target.backoff!;
    const found = backoffConformance(context.probe.events(), (empties) => delayAfter(policy, empties, 0));
    context.measure(gapsOutside, count(found.outside, found.gaps));
    context.measure(gapLatenessMs, values(found.latenessMs));
    waitsInOrder(context.probe.events()).forEach((waits, i) => {
      context.measure(waitMs, values(waits), { n: String(i + 1) });
      context.measure(declaredWaitMs, values([delayAfter(policy, i + 1, 0)]), { n: String(i + 1) });
    });
    context.note(`${found.bodies} bodies; a gap may be 1 ms short, and long by 5 ms or 10 %, whichever is more`);
  },
});
