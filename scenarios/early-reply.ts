/** The answer comes before the upload is over: does the client get to read it, or is it shut in its face? */
import {
  type Cohort,
  count,
  defineScenario,
  errorsOf,
  headBytes,
  lateFin,
  slowRequest,
  wrongAnswers,
} from 'halfopen/testbed';

const helloBytes = 13;
const bodyBytes = 768 * 1024;

export default defineScenario({
  name: 'early-reply',
  group: 'input',
  onDemand: true,
  question: 'The answer comes before the upload is over: does the client get to read it, or is it shut in its face?',
  needs: ['application'],
  measures: [wrongAnswers],
  bars: [
    'wrong_answers{upload:eager} count == 0',
    'wrong_answers{upload:slow} count == 0',
    'wrong_answers{upload:read} count == 0',
  ],
  together: 8,
  seconds: { quick: 1.2, default: 1.5, full: 6 },
  run: async (context) => {
    const rounds = context.sized({ quick: 100, default: 300, full: 2000 });
    const eager = context.post('/early', bodyBytes);
    const cohort = (id: string, given: Partial<Cohort> & Pick<Cohort, 'request'>): Cohort => ({
      id,
      ...context.address,
      connections: 16,
      pacing: { mode: 'closed', thinkMs: 0 },
      rounds,
      keepAlive: false,
      timeoutMs: 5000,
      expect: { status: 200 },
      ...given,
    });
    const report = await context.run([
      // It reads only when all is sent, as many clients do: by then a reset would have taken the answer with it.
      cohort('eager', { request: eager, expect: { status: 200, bodyBytes: helloBytes } }),
      cohort('slow', {
        request: context.post('/early', 4096),
        fault: slowRequest({ bytes: 256, everyMs: 5 }, headBytes(eager)),
        expect: { status: 200, bodyBytes: helloBytes },
      }),
      // The twin: an application that reads all of it first.
      cohort('read', { request: context.post('/upload', bodyBytes), fault: lateFin() }),
    ]);
    for (const cohort of report.cohorts) {
      const wrong = errorsOf(cohort) + cohort.unfinished;
      context.measure(wrongAnswers, count(wrong, cohort.requests + wrong), { upload: cohort.id });
    }
  },
});
