/** A reader has stopped, the server waits to write, and the reader is gone: is the parked application woken, and is anything left? */
import { cutClients, cutMeasures, defineScenario, onceInGrid, parkedThenGone, slowRead } from 'halfopen/testbed';

export default defineScenario({
  name: 'parked-then-gone',
  group: 'slow-reader',
  onDemand: true,
  question:
    'A reader has stopped, the server waits to write, and the reader is gone: is the parked application woken, and is anything left?',
  needs: ['probe', 'application'],
  measures: cutMeasures,
  bars: [
    'notice_app_ms{leaves:rst} p(99) <= 10',
    'notice_app_ms{leaves:close} p(99) <= 10',
    'unnoticed{leaves:rst} count == 0',
    'unnoticed{leaves:close} count == 0',
    'releases_wrong{leaves:rst} count == 0',
    'releases_wrong{leaves:close} count == 0',
    'false_aborts{twin:slow-reader} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 3.5, default: 2.3, full: 3.8 },
  run: async (context) => {
    for (const leaves of ['rst', 'close'] as const) {
      const { steps, ...rest } = parkedThenGone(leaves, 60, { receiveBuffer: 16 * 1024 });
      const [stop, leave] = steps;
      await cutClients(context, {
        path: '/endless',
        // Spread, so that they do not all leave in one turn of the server's loop.
        fault: { ...rest, steps: [stop!, { ...leave!, at: { ...leave!.at, delaySpreadMs: 60 } }] },
        cuts: context.perRound({ quick: 320, default: 500, full: 3000 }),
        reason: 'client-reset',
        phase: 'blocked',
        labels: { leaves },
        twin:
          leaves === 'close'
            ? null
            : {
                name: 'slow-reader',
                request: context.get('/finite'),
                fault: slowRead({ pace: { bytes: 512, everyMs: 10 }, receiveBuffer: 1 }),
              },
      });
    }
  },
});
