/** A client leaves before the first byte of its answer: when does the application that is still thinking learn of it? */
import { afterSent, cutClients, cutMeasures, defineScenario, fin, halfClose, onceInGrid, rst } from 'halfopen/testbed';

export default defineScenario({
  name: 'before-first-byte',
  group: 'dropped-client',
  onDemand: true,
  question:
    'A client leaves before the first byte of its answer: when does the application that is still thinking learn of it?',
  needs: ['probe', 'application'],
  measures: cutMeasures,
  bars: [
    'notice_app_ms{cut:fin} p(99) <= 5',
    'notice_app_ms{cut:rst} p(99) <= 5',
    'notice_app_ms{cut:half-close} p(99) <= 5',
    'unnoticed{cut:fin} count == 0',
    'unnoticed{cut:rst} count == 0',
    'unnoticed{cut:half-close} count == 0',
    'reason_wrong{cut:fin} count == 0',
    'reason_wrong{cut:rst} count == 0',
    'releases_wrong{cut:fin} count == 0',
    'releases_wrong{cut:rst} count == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:fin} count == 0',
    'false_aborts{cut:rst} count == 0',
    'false_aborts{cut:half-close} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 4, default: 2.4, full: 5 },
  run: async (context) => {
    const when = afterSent({ delayMs: 10, delaySpreadMs: 60 });
    const cuts = context.perRound({ quick: 320, default: 600, full: 3000 });
    const phase = 'before-headers';
    await cutClients(context, { path: '/silent', fault: fin(when), cuts, reason: 'client-fin', phase });
    await cutClients(context, { path: '/silent', fault: rst(when), cuts, reason: 'client-reset', phase, twin: null });
    // Under the usual policy a FIN is a departure; a client that reads on is asked about by halfclose-reader.
    const spread = afterSent({ delayMs: 10, delaySpreadMs: 500 });
    const closing = { ...halfClose(spread), holdMs: 700 };
    const plan = { path: '/silent', fault: closing, cuts, reason: 'client-fin', phase, twin: null };
    // They stay for a while after their cut: more of them at once come at the same rate.
    await cutClients(context, { ...plan, clients: 160 });
  },
});
