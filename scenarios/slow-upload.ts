/** Some uploads are slow, some have stopped for good: does the application get the ones whole, and learn of the others? */
import {
  count,
  cutClients,
  cutMeasures,
  defineScenario,
  headBytes,
  lastSteps,
  slowRequest,
  stalledUpload,
  uploadsWrong,
  wholeNotTaken,
} from 'halfopen/testbed';

const bodyTimeoutMs = 700;
const bodyBytes = 1200;

export default defineScenario({
  name: 'slow-upload',
  group: 'input',
  onDemand: true,
  question:
    'Some uploads are slow, some have stopped for good: does the application get the ones whole, and learn of the others?',
  needs: ['probe', 'application', 'bodyTimeoutMs'],
  measures: [...cutMeasures, uploadsWrong],
  bars: [
    'uploads_wrong{twin:slow-upload} count == 0',
    'false_aborts{twin:slow-upload} count == 0',
    'unnoticed{cut:stalled-upload} count == 0',
    `notice_app_ms{cut:stalled-upload} max <= ${bodyTimeoutMs + 800}`,
    'reason_wrong{cut:stalled-upload} count == 0',
    'releases_wrong{cut:stalled-upload} count == 0',
  ],
  together: 8,
  seconds: { quick: 8, default: 9, full: 12 },
  run: async (context) => {
    await context.restart({ deadlines: { bodyTimeoutMs } });
    const request = context.post('/upload', bodyBytes);
    const head = headBytes(request);
    const clients = context.sized({ quick: 16, default: 48, full: 300 });
    // 25 bytes in 40 ms: two seconds for the whole, and never near the deadline.
    const slow = slowRequest({ bytes: 25, everyMs: 40 }, head);
    const uploading = context.begin([
      {
        id: 'slow',
        ...context.address,
        request,
        connections: clients,
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: slow,
        rounds: clients,
      },
    ]);
    await cutClients(context, {
      path: '/upload',
      request,
      fault: stalledUpload(head + bodyBytes / 2),
      cuts: clients,
      clients,
      // The read throws, and what the application makes of that is its failure.
      reason: ['input-timeout', 'app-error'],
      phase: 'uploading',
      twin: { name: 'slow-upload', request, fault: slow, rounds: clients },
      noticeWithinMs: 2000,
    });
    await context.sleep(1200);
    const { samples } = (await uploading.stop()).cohorts[0]!;
    const found = wholeNotTaken(lastSteps(samples, slow), context.probe.events(), bodyBytes);
    context.measure(uploadsWrong, count(found.wrong, found.of), { twin: 'slow-upload' });
  },
});
