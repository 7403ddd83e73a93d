/** Clients come by the hundred a second and leave at any moment, by any door: what is left of them, and what do the others notice? */
import {
  afterSent,
  besideNeighbours,
  churn,
  count,
  defineScenario,
  descriptorsLeft,
  type Fault,
  fin,
  finUnread,
  neighbourMeasures,
  notices,
  parkedThenGone,
  releases,
  releasesWrong,
  rst,
  unnoticed,
  values,
  warmUpNeighbours,
  wastedCpuMs,
  watchWastedCpu,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'abandon-storm',
  group: 'mixed',
  onDemand: true,
  question:
    'Clients come by the hundred a second and leave at any moment, by any door: what is left of them, and what do the others notice?',
  needs: ['probe', 'application', 'process'],
  measures: [unnoticed, releasesWrong, descriptorsLeft, wastedCpuMs, ...neighbourMeasures],
  bars: [
    'unnoticed count == 0',
    'releases_wrong count == 0',
    'descriptors_left max <= 2',
    'bystander_ms{phase:during} p(99) <= 1.2x{phase:before} + 0.5',
    'bystander_errors count == 0',
  ],
  together: 4,
  seconds: { quick: 4.5, default: 7.7, full: 20 },
  run: async (context) => {
    await warmUpNeighbours(context);
    const recordWaste = await watchWastedCpu(context);
    const before = context.process.openDescriptors();
    const beforeMs = context.sized({ quick: 650, default: 2000, full: 5000 });
    const duringMs = context.sized({ quick: 800, default: 3000, full: 12_000 });
    const moment = afterSent({ delaySpreadMs: 150 });
    const doors: readonly [string, Fault, string][] = [
      ['fin', fin(moment), '/paced'],
      ['rst', rst(moment), '/paced'],
      // Its bytes wait at the server. One that read an endless body as fast as it can would be the load itself.
      ['queue', parkedThenGone('rst', 75, { receiveBuffer: 16 * 1024 }), '/endless'],
      ['unread', finUnread(1), '/paced'],
      ['silence', fin(moment), '/silent'],
    ];
    const rate = context.sized({ quick: 60, default: 100, full: 150 });
    const report = await besideNeighbours(context, { beforeMs, duringMs }, (startMs, endMs) =>
      doors.map(([id, fault, path]) =>
        churn(
          {
            id,
            ...context.address,
            request: context.get(path),
            connections: 64,
            startMs,
            durationMs: endMs - startMs,
            graceMs: 500,
          },
          rate,
          fault,
        ),
      ),
    );
    const cuts = report.cohorts.flatMap(({ samples }) => samples.filter(({ action }) => action !== 'stall'));
    const begun = () => {
      const told = new Set(context.probe.only('request').map(({ tag }) => tag));
      // A client that was gone before its request was looked at leaves nothing to notice.
      return cuts.filter(({ tag }) => told.has(tag));
    };
    const found = () => notices(begun(), context.probe.events());
    await context.probe.until(() => found().unnoticed === 0, 1500, context.signal);
    // A busy server lets go of a body some time after it told its application.
    await context.probe.until(() => releases(begun(), context.probe.events()).wrong === 0, 1500, context.signal);
    await context.sleep(context.sized({ quick: 200, default: 400, full: 400 }));
    await recordWaste();
    context.measure(unnoticed, count(found().unnoticed, found().cuts));
    const { wrong, of } = releases(cuts, context.probe.events());
    context.measure(releasesWrong, count(wrong, of));
    context.measure(descriptorsLeft, values([Math.max(0, context.process.openDescriptors() - before)]));
    context.exclude(found().excluded);
  },
});
