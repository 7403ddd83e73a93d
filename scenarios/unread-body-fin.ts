/** A client sends a body that nobody reads, and leaves: does the FIN behind it get through? */
import { afterChunks, cutClients, cutMeasures, defineScenario, fin, onceInGrid, rst } from 'halfopen/testbed';

/** Below every receive window; the larger is beyond what some runtimes read ahead. */
const bodies = { small: 4 * 1024, large: 48 * 1024 };

export default defineScenario({
  name: 'unread-body-fin',
  group: 'dropped-client',
  onDemand: true,
  question: 'A client sends a body that nobody reads, and leaves: does the FIN behind it get through?',
  needs: ['probe', 'application'],
  measures: cutMeasures,
  bars: [
    'notice_app_ms{cut:fin,phase:small} p(50) <= 0.2',
    'notice_app_ms{cut:fin,phase:small} p(99) <= 5',
    'notice_app_ms{phase:large} p(99) <= 5',
    'unnoticed{cut:fin,phase:small} count == 0',
    'unnoticed{phase:large} count == 0',
    'notice_app_ms{cut:rst} p(99) <= 5',
    'unnoticed{cut:rst} count == 0',
    'reason_wrong{cut:fin,phase:small} count == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:fin,phase:small} count == 0',
    'false_aborts{phase:large} count == 0',
    'false_aborts{cut:rst} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 3, default: 2.1, full: 3 },
  run: async (context) => {
    const when = afterChunks(1, { delayMs: 10, delaySpreadMs: 60 });
    const cuts = context.perRound({ quick: 320, default: 600, full: 3000 });
    const leave = (phase: keyof typeof bodies) => ({
      path: '/idle',
      request: context.post('/idle', bodies[phase]),
      cuts,
      phase,
    });
    await cutClients(context, { ...leave('small'), fault: fin(when), reason: 'client-fin' });
    await cutClients(context, { ...leave('large'), fault: fin(when), reason: 'client-fin', twin: null });
    await cutClients(context, { ...leave('small'), fault: rst(when), reason: 'client-reset', twin: null });
  },
});
