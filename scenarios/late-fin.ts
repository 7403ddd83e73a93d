/** A client leaves when it has its whole answer: does anyone call that an abort? */
import { type Cohort, defineScenario, falseAborts, lateFin, oneByteReader, recordFalseAborts } from 'halfopen/testbed';

export default defineScenario({
  name: 'late-fin',
  group: 'dropped-client',
  onDemand: true,
  question: 'A client leaves when it has its whole answer: does anyone call that an abort?',
  needs: ['probe', 'application'],
  measures: [falseAborts],
  bars: [
    'false_aborts{body:at-once} count == 0',
    'false_aborts{body:fixed} count == 0',
    'false_aborts{body:paced} count == 0',
    'false_aborts{body:upload} count == 0',
    'false_aborts{body:byte-by-byte} count == 0',
  ],
  together: 8,
  seconds: { quick: 2.5, default: 4.1, full: 15 },
  run: async (context) => {
    const rounds = context.sized({ quick: 60, default: 300, full: 2000 });
    const cohort = (id: string, given: Partial<Cohort> & Pick<Cohort, 'request'>): Cohort => ({
      id,
      ...context.address,
      connections: 16,
      pacing: { mode: 'closed', thinkMs: 0 },
      rounds,
      fault: lateFin({ delaySpreadMs: 4 }),
      ...given,
    });
    const report = await context.run([
      cohort('at-once', { request: context.get('/storm-then-data') }),
      cohort('fixed', { request: context.get('/fixed'), rounds: Math.ceil(rounds / 5) }),
      cohort('paced', { request: context.get('/finite') }),
      cohort('upload', { request: context.post('/upload', 8 * 1024) }),
      cohort('byte-by-byte', { request: context.get('/early'), fault: oneByteReader(), rounds: 32 }),
    ]);
    for (const { id, samples } of report.cohorts) await recordFalseAborts(context, { body: id }, samples);
  },
});
