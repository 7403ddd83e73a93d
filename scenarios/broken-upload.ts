/** An upload breaks off in the middle: is the application told, or does it take the half for the whole? */
import {
  brokenTakenForWhole,
  brokenUpload,
  count,
  cutClients,
  cutMeasures,
  defineScenario,
  headBytes,
  lateFin,
  onceInGrid,
  truncatedAsEof,
} from 'halfopen/testbed';

const bodyBytes = 8 * 1024;

export default defineScenario({
  name: 'broken-upload',
  group: 'input',
  onDemand: true,
  question: 'An upload breaks off in the middle: is the application told, or does it take the half for the whole?',
  needs: ['probe', 'application'],
  measures: [...cutMeasures, truncatedAsEof],
  bars: [
    ...['fin', 'rst', 'half-close'].flatMap((how) => [
      `truncated_as_eof{cut:broken-upload-${how}} count == 0`,
      `unnoticed{cut:broken-upload-${how}} count == 0`,
      `notice_app_ms{cut:broken-upload-${how}} p(99) <= 5`,
      `releases_wrong{cut:broken-upload-${how}} count == 0`,
    ]),
    'false_aborts{twin:whole-upload} count == 0',
  ],
  together: 4,
  rounds: onceInGrid,
  seconds: { quick: 5, default: 2.9, full: 6.6 },
  run: async (context) => {
    const request = context.post('/upload', bodyBytes);
    const head = headBytes(request);
    for (const how of ['fin', 'rst', 'half-close'] as const) {
      const fault = brokenUpload(head + bodyBytes / 2, how, { delayMs: 10, delaySpreadMs: 150 });
      const { samples } = await cutClients(context, {
        path: '/upload',
        request,
        fault,
        cuts: context.perRound({ quick: 320, default: 500, full: 3000 }),
        reason: how === 'rst' ? 'client-reset' : 'client-fin',
        phase: 'uploading',
        // Where the server answers a half-closed client late, it stays.
        ...(how === 'half-close' ? { clients: 64 } : {}),
        twin: how === 'fin' ? { name: 'whole-upload', request, fault: lateFin({ delaySpreadMs: 5 }) } : null,
      });
      const taken = brokenTakenForWhole(samples, context.probe.events());
      context.measure(truncatedAsEof, count(taken.wrong, taken.of), { cut: fault.name });
    }
  },
});
