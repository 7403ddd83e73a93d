/** Does what the server tells through its probe agree with what its clients know? */
import {
  type Asked,
  afterBody,
  checkProbe,
  closedLoop,
  count,
  defineScenario,
  fin,
  lateFin,
  probeRules,
  probeViolations,
  Skipped,
} from 'halfopen/testbed';

const watchMs = 1200;

export default defineScenario({
  name: 'probe-check',
  group: 'probe',
  onDemand: true,
  question: 'Does what the server tells through its probe agree with what its clients know?',
  needs: [],
  measures: [probeViolations],
  bars: Object.keys(probeRules).map((rule) => `probe_violations{rule:${rule}} count == 0`),
  together: 8,
  seconds: { quick: 2, default: 2.3, full: 6 },
  run: async (context) => {
    if (!context.target.probe)
      throw new Skipped('--exec starts a server that may tell; --url alone finds one that cannot');
    const rounds = context.sized({ quick: 24, default: 48, full: 200 });
    const each = {
      ...context.address,
      connections: 8,
      pacing: { mode: 'closed', thinkMs: 0 },
      timeoutMs: watchMs,
    } as const;
    // A page that ends and one that does not are asked for in the same way: whichever it is shows.
    const untagged = context.get('/finite').replace(/x-halfopen-tag: .*\r\n/, '');
    const report = await context.run([
      { id: 'whole', ...each, request: context.get('/finite'), rounds, fault: lateFin() },
      { id: 'cut', ...each, request: context.get('/idle'), rounds, fault: fin(afterBody(1, { delayMs: 60 })) },
      closedLoop({ id: 'untagged', ...each, request: untagged, durationMs: 300, graceMs: 0 }),
    ]);
    const asked = report.cohorts.flatMap(({ samples }) =>
      samples.map(
        ({ tag, startNs, firstByteNs, beforeNs, outcome, receipt, action, cohort }): Asked => ({
          tag,
          startNs,
          firstByteNs,
          cutNs: cohort === 'cut' && receipt.ok && action === 'fin' ? beforeNs : null,
          complete: receipt.bodyComplete || receipt.reason === 'response-ended-first',
          outcome,
        }),
      ),
    );
    await context.sleep(500);
    const events = context.probe.events();
    const { rejected, rejectedCount } = context.probe;
    const found = checkProbe(asked, events, { count: rejectedCount, example: rejected[0] ?? null });
    for (const { rule, wrong, of, example } of found) {
      // What this server gave no occasion for is not judged; that it tells nothing at all is.
      context.measure(probeViolations, count(wrong, Math.max(of, 1)), { rule });
      if (of === 0) context.note(`not seen: ${probeRules[rule]}`);
      if (example !== null) context.note(`broken: ${probeRules[rule]} (${example})`);
    }
  },
});
