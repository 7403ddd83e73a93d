/** An application yields empty chunks between its words: does every word arrive, and does the back-off start anew after each? */
import {
  count,
  defineScenario,
  delayAfter,
  errorsOf,
  nanosecondsAsMs,
  quantileOf,
  values,
  wholeMs,
  wholeOverDeclared,
  wrongAnswers,
} from 'halfopen/testbed';

const words = 10;
const empties = 3;
const wordBytes = 64;

/** Each wait may be late by a few milliseconds; waits that do not begin anew would take fifty times as long. */
export default defineScenario({
  name: 'empty-between-data',
  group: 'empty-yield',
  onDemand: true,
  question:
    'An application yields empty chunks between its words: does every word arrive, and does the back-off start anew after each?',
  needs: ['application'],
  measures: [wrongAnswers, wholeMs, wholeOverDeclared],
  bars: ['wrong_answers count == 0', 'whole_over_declared max <= 3'],
  together: 8,
  seconds: { quick: 1, default: 1.2, full: 4 },
  run: async (context) => {
    const report = await context.run([
      {
        id: 'patient',
        ...context.address,
        request: context.get('/storm-between'),
        connections: 16,
        pacing: { mode: 'closed', thinkMs: 0 },
        rounds: context.sized({ quick: 64, default: 160, full: 1600 }),
        expect: { status: 200, bodyBytes: words * wordBytes },
      },
    ]);
    const cohort = report.cohorts[0]!;
    context.measure(wrongAnswers, count(errorsOf(cohort), cohort.requests + errorsOf(cohort)));
    context.measure(wholeMs, nanosecondsAsMs(cohort.service));
    const policy = context.target.backoff;
    if (!policy) return context.absent(wholeOverDeclared, 'it declares no back-off');
    let declaredMs = 0;
    for (let i = 1; i <= empties; i++) declaredMs += words * delayAfter(policy, i, 0);
    context.measure(wholeOverDeclared, values([quantileOf(nanosecondsAsMs(cohort.service), 50) / declaredMs]));
  },
});
