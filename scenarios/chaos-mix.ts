/** Everything at once, for long: slow, silent, rude and broken clients. Does memory stay flat, and do the healthy ones stay well? */
import {
  afterBody,
  afterChunks,
  afterSent,
  besideNeighbours,
  brokenTakenForWhole,
  brokenUpload,
  type Cohort,
  collectGarbage,
  count,
  defineScenario,
  descriptorsLeft,
  type Fault,
  fin,
  halfClose,
  headBytes,
  type MemoryAt,
  memoryGrowth,
  memoryGrowthMib,
  neighbourMeasures,
  oneByteReader,
  parkedThenGone,
  releases,
  releasesWrong,
  rst,
  type ScenarioContext,
  slowRead,
  slowRequest,
  truncatedAsEof,
  values,
} from 'halfopen/testbed';

/** After which a heap has found its size. */
const warmUpMs = 60_000;

export default defineScenario({
  name: 'chaos-mix',
  group: 'mixed',
  onDemand: true,
  question:
    'Everything at once, for long: slow, silent, rude and broken clients. Does memory stay flat, and do the healthy ones stay well?',
  needs: ['probe', 'application', 'process'],
  measures: [memoryGrowthMib, releasesWrong, truncatedAsEof, descriptorsLeft, ...neighbourMeasures],
  bars: [
    'memory_growth_mib max <= 1',
    'releases_wrong count == 0',
    'truncated_as_eof count == 0',
    'descriptors_left max <= 2',
    'bystander_ms{phase:during} p(99) <= 1.2x{phase:before} + 0.5',
    'bystander_errors count == 0',
  ],
  together: 4,
  seconds: { quick: 6, default: 11, full: 610 },
  run: async (context) => {
    await context.fetch('/');
    await context.sleep(200);
    const before = context.process.openDescriptors();
    const beforeMs = context.sized({ quick: 650, default: 2000, full: 10_000 });
    const settlingMs = context.sized({ quick: 500, default: 1500, full: 1500 });
    const duringMs = context.sized({ quick: 800, default: 5000, full: 590_000 });
    const running = besideNeighbours(context, { beforeMs, settlingMs, duringMs }, (startMs, endMs) =>
      crowds(context, startMs, endMs),
    );
    const points =
      context.size === 'full'
        ? await watchMemory(context, beforeMs + settlingMs + warmUpMs, duringMs - warmUpMs)
        : null;
    const { cohorts: faulty } = await running;
    await context.sleep(1000);
    if (points) context.measure(memoryGrowthMib, values([memoryGrowth(points).low]));
    else
      context.absent(memoryGrowthMib, 'a slope takes minutes (--full): until then the heap is still finding its size');
    const samples = faulty.flatMap((cohort) => cohort.samples);
    const { wrong, of } = releases(samples, context.probe.events());
    context.measure(releasesWrong, count(wrong, of));
    const broken = faulty.find(({ id }) => id === 'broken-upload')!.samples;
    const taken = brokenTakenForWhole(broken, context.probe.events());
    context.measure(truncatedAsEof, count(taken.wrong, taken.of));
    context.measure(descriptorsLeft, values([Math.max(0, context.process.openDescriptors() - before)]));
    for (const { receipts } of faulty)
      for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
  },
});

/** Every way to misbehave, at a rate that leaves a core for the healthy. */
function crowds(context: ScenarioContext, startMs: number, endMs: number): Cohort[] {
  const soon = { delaySpreadMs: 400 };
  const upload = context.post('/upload', 4096);
  const ways: readonly [id: string, fault: Fault, request: string, connections: number][] = [
    ['fin', fin(afterChunks(1, soon)), context.get('/paced'), 8],
    ['rst', rst(afterChunks(1, soon)), context.get('/idle'), 8],
    ['thinking', fin(afterSent(soon)), context.get('/silent'), 8],
    ['storm', rst(afterSent(soon)), context.get('/storm'), 16],
    ['half-close', halfClose(afterBody(64)), context.get('/finite'), 4],
    ['parked', parkedThenGone('close', 300, { receiveBuffer: 16 * 1024 }), context.get('/endless'), 4],
    ['slow', { ...slowRead({ pace: { bytes: 2048, everyMs: 20 } }), holdMs: 700 }, context.get('/endless'), 4],
    ['byte-by-byte', { ...oneByteReader(10), holdMs: 900 }, context.get('/endless'), 4],
    ['slow-upload', slowRequest({ bytes: 128, everyMs: 10 }, headBytes(upload)), upload, 4],
    ['broken-upload', brokenUpload(headBytes(upload) + 2000, 'fin', soon), upload, 8],
  ];
  return ways.map(([id, fault, request, connections]) => ({
    id,
    ...context.address,
    request,
    connections,
    pacing: { mode: 'closed', thinkMs: 20 },
    fault,
    startMs,
    durationMs: endMs - startMs,
    graceMs: 1000,
    rampMs: 300,
    rounds: 1_000_000,
  }));
}

/**
 * What is left after a collection: between two of them a heap grows for minutes. Seldom enough that the pauses for it
 * (some 10 ms each) stay far from the neighbours' 99th percentile.
 */
async function watchMemory(context: ScenarioContext, fromMs: number, forMs: number): Promise<MemoryAt[]> {
  await context.sleep(fromMs);
  const points: MemoryAt[] = [];
  const stepMs = Math.max(100, forMs / 50);
  const end = performance.now() + forMs;
  while (performance.now() < end && !context.signal.aborted) {
    await collectGarbage(context);
    points.push({ seconds: performance.now() / 1000, bytes: context.process.residentBytes() });
    await context.sleep(stepMs);
  }
  return points;
}
