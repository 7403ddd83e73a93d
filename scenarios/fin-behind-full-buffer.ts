/** A reader has stopped, the server waits to write, and then comes a FIN: does it get past the full buffer? */
import {
  cutClients,
  cutMeasures,
  defineScenario,
  finBehindFullBuffer,
  onceInGrid,
  parkedHalfClose,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'fin-behind-full-buffer',
  group: 'dropped-client',
  onDemand: true,
  question: 'A reader has stopped, the server waits to write, and then comes a FIN: does it get past the full buffer?',
  needs: ['probe', 'application'],
  measures: cutMeasures,
  bars: [
    'notice_app_ms p(99) <= 5',
    'unnoticed count == 0',
    'reason_wrong count == 0',
    'releases_wrong count == 0',
    'false_aborts{twin:parked-half-close} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 4, default: 2.6, full: 6.6 },
  run: async (context) => {
    await cutClients(context, {
      path: '/endless',
      fault: finBehindFullBuffer({ delayMs: 60, delaySpreadMs: 60 }),
      cuts: context.perRound({ quick: 320, default: 500, full: 3000 }),
      reason: 'client-fin',
      phase: 'blocked',
      clients: 64,
      twin: {
        name: 'parked-half-close',
        // All bytes are known: delivered under every policy (rule 9 of the contract).
        request: context.get('/fixed'),
        fault: parkedHalfClose({ delayMs: 20, delaySpreadMs: 20 }),
        expect: { status: 200, bodyBytes: 4 * 1024 * 1024 },
        rounds: context.perRound({ quick: 8, default: 32, full: 160 }),
        clients: context.sized({ quick: 4, default: 1, full: 1 }),
      },
    });
  },
});
