/** A client leaves an application that yields nothing but empty chunks: is it told, and is it left alone from then on? */
import {
  afterSent,
  cutClients,
  cutMeasures,
  defineScenario,
  type Fault,
  fin,
  halfClose,
  ignoredPulls,
  onceInGrid,
  rst,
  undetectedPulls,
  values,
  wasteAfterCut,
  wastedCpuMs,
  watchWastedCpu,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'empty-then-gone',
  group: 'empty-yield',
  onDemand: true,
  question:
    'A client leaves an application that yields nothing but empty chunks: is it told, and is it left alone from then on?',
  needs: ['probe', 'application'],
  measures: [...cutMeasures, undetectedPulls, ignoredPulls, wastedCpuMs],
  bars: [
    'notice_app_ms{cut:fin} p(99) <= 5',
    'notice_app_ms{cut:rst} p(99) <= 5',
    'unnoticed{cut:fin} count == 0',
    'unnoticed{cut:rst} count == 0',
    'unnoticed{cut:half-close} count == 0',
    'releases_wrong{cut:fin} count == 0',
    'releases_wrong{cut:rst} count == 0',
    'ignored_pulls max == 0',
    'false_aborts{twin:late-fin} count == 0',
    'false_aborts{cut:fin} count == 0',
    'false_aborts{cut:rst} count == 0',
    'false_aborts{cut:half-close} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 6, default: 4.1, full: 9.6 },
  run: async (context) => {
    // A server that asks in every turn of its loop would have more to tell than to do.
    const told = context.target.backoff !== undefined;
    if (!told) for (const each of [undetectedPulls, ignoredPulls]) context.absent(each, 'it declares no back-off');
    const recordWaste = await watchWastedCpu(context);
    const when = afterSent({ delayMs: 20, delaySpreadMs: 400 });
    for (const [fault, reason] of [
      [fin(when), 'client-fin'],
      [rst(when), 'client-reset'],
      [{ ...halfClose(when), holdMs: 600 }, 'client-fin'],
    ] as readonly (readonly [Fault, string])[]) {
      const { samples } = await cutClients(context, {
        path: told ? '/storm-told' : '/storm',
        fault,
        cuts: context.perRound({ quick: 320, default: 500, full: 3000 }),
        reason,
        phase: 'storm',
        ...(fault.name === 'fin' ? {} : { twin: null }),
        // Those that stay for a while after their cut come at the same rate when there are more of them at once.
        clients: fault.holdMs === undefined ? context.sized({ quick: 96, default: 48, full: 48 }) : 128,
      });
      if (!told) continue;
      const waste = wasteAfterCut(samples, context.probe.events());
      context.measure(undetectedPulls, values(waste.undetected), { cut: fault.name });
      context.measure(ignoredPulls, values(waste.ignored), { cut: fault.name });
    }
    await recordWaste();
  },
});
