/** A client leaves politely while its stream has nothing to send: when does the application learn of it? */
import {
  afterChunks,
  cutClients,
  cutMeasures,
  defineScenario,
  fin,
  shortRounds,
  wastedCpuMs,
  watchWastedCpu,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'fin-idle',
  group: 'dropped-client',
  question: 'A client leaves politely while its stream has nothing to send: when does the application learn of it?',
  needs: ['probe'],
  measures: [...cutMeasures, wastedCpuMs],
  bars: [
    'notice_app_ms{cut:fin} p(50) <= 0.2',
    'notice_app_ms{cut:fin} p(99) <= 5',
    'unnoticed{cut:fin} count == 0',
    'reason_wrong{cut:fin} count == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:fin} count == 0',
  ],
  rounds: shortRounds,
  seconds: { quick: 2.5, default: 1.6, full: 2.2 },
  run: async (context) => {
    // Takes a second and a half: once is enough, and in the quick size too much.
    const watched = context.round === 0 && context.size !== 'quick';
    const recordWaste = watched ? await watchWastedCpu(context) : null;
    if (context.size === 'quick') context.absent(wastedCpuMs, 'it takes a second; not in the quick size');
    await cutClients(context, {
      path: '/idle',
      fault: fin(afterChunks(1, { delayMs: 10, delaySpreadMs: 80 })),
      // A multiple of four a round: one of the servers that the testbed is checked with is wrong in every fourth.
      cuts: context.perRound({ quick: 320, default: 1008, full: 3000 }),
      reason: 'client-fin',
    });
    await recordWaste?.();
  },
});
