/** A client leaves with further requests queued behind its stream: does the FIN get through, and is one of them begun for nobody? */
import {
  afterChunks,
  begunAfterCut,
  count,
  cutClients,
  cutMeasures,
  defineScenario,
  fin,
  lateFin,
  onceInGrid,
  queuedStarted,
  rst,
} from 'halfopen/testbed';

const queued = 3;

export default defineScenario({
  name: 'pipelined-fin',
  group: 'dropped-client',
  onDemand: true,
  question:
    'A client leaves with further requests queued behind its stream: does the FIN get through, and is one of them begun for nobody?',
  needs: ['probe', 'application'],
  measures: [...cutMeasures, queuedStarted],
  bars: [
    'notice_app_ms{cut:fin} p(50) <= 0.2',
    'notice_app_ms{cut:fin} p(99) <= 5',
    'notice_app_ms{cut:rst} p(99) <= 5',
    'unnoticed{cut:fin} count == 0',
    'unnoticed{cut:rst} count == 0',
    'queued_started count == 0',
    'false_aborts{twin:pipelined} count == 0',
    'false_aborts{cut:fin} count == 0',
    'false_aborts{cut:rst} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 2.5, default: 1.8, full: 3 },
  run: async (context) => {
    const request = Array.from({ length: 1 + queued }, () => context.get('/idle'));
    const when = afterChunks(1, { delayMs: 10, delaySpreadMs: 60 });
    const cuts = context.perRound({ quick: 320, default: 600, full: 3000 });
    // Its twin asks as much at once, reads all of it, and leaves.
    const all = [context.get('/storm-then-data'), context.get('/finite'), context.get('/storm-then-data')];
    const twin = { name: 'pipelined', request: all, fault: lateFin({ delaySpreadMs: 5 }) };
    for (const [fault, reason, beside] of [
      [fin(when), 'client-fin', twin],
      [rst(when), 'client-reset', null],
    ] as const) {
      const { samples } = await cutClients(context, {
        path: '/idle',
        request,
        fault,
        cuts,
        reason,
        phase: 'queued',
        twin: beside,
      });
      const begun = begunAfterCut(samples, context.probe.events());
      context.measure(queuedStarted, count(begun.wrong, begun.of), { cut: fault.name });
    }
  },
});
