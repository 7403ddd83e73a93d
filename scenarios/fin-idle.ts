/** A client leaves politely while its stream has nothing to send: when does the application learn of it? */
import { afterChunks, cutClients, cutMeasures, defineScenario, fin } from 'halfopen/testbed';

export default defineScenario({
  name: 'fin-idle',
  group: 'dropped-client',
  question: 'A client leaves politely while its stream has nothing to send: when does the application learn of it?',
  needs: ['probe'],
  measures: cutMeasures,
  bars: [
    'notice_app_ms{cut:fin} p(50) <= 0.2',
    'notice_app_ms{cut:fin} p(99) <= 5',
    'unnoticed{cut:fin} count == 0',
    'reason_wrong{cut:fin} count == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:fin} count == 0',
  ],
  seconds: { quick: 1.9, default: 2.5, full: 7 },
  run: async (context) => {
    await cutClients(context, {
      path: '/idle',
      fault: fin(afterChunks(1, { delayMs: 10, delaySpreadMs: 80 })),
      cuts: context.sized({ quick: 600, default: 1000, full: 3000 }),
      reason: 'client-fin',
    });
  },
});
