/** A client says that it will ask no more, and reads on: does it get its whole answer? */
import {
  afterBody,
  afterChunks,
  type Cohort,
  defineScenario,
  falseAborts,
  halfClose,
  recordFalseAborts,
  type ScenarioContext,
} from 'halfopen/testbed';

const fixedBytes = 4 * 1024 * 1024;
const finiteBytes = 10 * 1024;

export default defineScenario({
  name: 'halfclose-reader',
  group: 'dropped-client',
  question: 'A client says that it will ask no more, and reads on: does it get its whole answer?',
  needs: ['probe', 'application'],
  measures: [falseAborts],
  bars: ['false_aborts{body:fixed} count == 0', 'false_aborts{body:paced} count == 0'],
  together: 8,
  seconds: { quick: 1, default: 1.2, full: 4 },
  run: async (context) => {
    // All bytes are known: delivered under every policy (rule 9 of the contract).
    await readers(context, 'fixed', {
      request: context.get('/fixed'),
      fault: halfClose(afterBody(64 * 1024)),
      expect: { status: 200, bodyBytes: fixedBytes },
    });
    // Still being produced: delivered where the operator says that half-closed clients are to be tolerated.
    if (context.target.halfClose.includes('tolerate')) await context.restart({ halfClose: 'tolerate' });
    else context.note('the target has no policy for half-closed clients: measured as it is');
    await readers(context, 'paced', {
      request: context.get('/finite'),
      fault: halfClose(afterChunks(2)),
      expect: { status: 200, bodyBytes: finiteBytes },
    });
  },
});

async function readers(
  context: ScenarioContext,
  body: string,
  cohort: Pick<Cohort, 'request' | 'fault' | 'expect'>,
): Promise<void> {
  const report = await context.run([
    {
      id: body,
      ...context.address,
      ...cohort,
      connections: 16,
      rounds: context.sized({ quick: 32, default: 64, full: 320 }),
      pacing: { mode: 'closed', thinkMs: 0 },
    },
  ]);
  const { samples } = report.cohorts[0]!;
  await recordFalseAborts(context, { body }, samples);
}
