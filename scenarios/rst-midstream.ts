/** A client resets its connection in the middle of a stream: when does the application learn, and what was made for nobody? */
import {
  afterChunks,
  cutClients,
  cutMeasures,
  defineScenario,
  ignoredPulls,
  rst,
  shortRounds,
  undetectedPulls,
  values,
  wasteAfterCut,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'rst-midstream',
  group: 'dropped-client',
  question:
    'A client resets its connection in the middle of a stream: when does the application learn, and what was made for nobody?',
  needs: ['probe'],
  measures: [...cutMeasures, undetectedPulls, ignoredPulls],
  bars: [
    'notice_app_ms{cut:rst} p(50) <= 0.2',
    'notice_app_ms{cut:rst} p(99) <= 5',
    'unnoticed{cut:rst} count == 0',
    'reason_wrong{cut:rst} count == 0',
    'ignored_pulls max == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:rst} count == 0',
  ],
  rounds: shortRounds,
  seconds: { quick: 1.7, default: 1.2, full: 2 },
  run: async (context) => {
    const { samples } = await cutClients(context, {
      path: '/paced',
      fault: rst(afterChunks(2, { spread: 1, delaySpreadMs: 20 })),
      cuts: context.perRound({ quick: 320, default: 1000, full: 3000 }),
      reason: 'client-reset',
    });
    const waste = wasteAfterCut(samples, context.probe.events());
    context.measure(undetectedPulls, values(waste.undetected));
    context.measure(ignoredPulls, values(waste.ignored));
  },
});
