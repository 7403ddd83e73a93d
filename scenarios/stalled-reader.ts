/** Hundreds of clients stop reading while their applications could go on for ever: what does each cost, and does the asking stop? */
import {
  bytesPerReader,
  count,
  defineScenario,
  heapPerReaderKib,
  latePulls,
  type MemoryPoint,
  memoryPerReaderKib,
  pullsWithin,
  type ScenarioContext,
  stall,
  values,
} from 'halfopen/testbed';

/** The queue may hold its high-water mark and one chunk more, and a connection costs something by itself. */
const highWaterKib = 64;
const chunkKib = 16;
const connectionKib = 8;

const quietMs = 300;
const settleWithinMs = 6000;

export default defineScenario({
  name: 'stalled-reader',
  group: 'slow-reader',
  question:
    'Hundreds of clients stop reading while their applications could go on for ever: what does each cost, and does the asking stop?',
  needs: ['probe', 'application', 'process'],
  measures: [memoryPerReaderKib, heapPerReaderKib, latePulls],
  bars: [`memory_per_reader_kib max <= ${highWaterKib + chunkKib + connectionKib}`, 'late_pulls count == 0'],
  seconds: { quick: 2.5, default: 4, full: 8 },
  run: async (context) => {
    const steps = context.sized({ quick: [100, 300], default: [100, 200, 200], full: [100, 400, 500] });
    const crowd: Crowd[] = [];
    const user: MemoryPoint[] = [];
    const heap: MemoryPoint[] = [];
    let readers = 0;
    for (const more of steps) {
      crowd.push(await arrive(context, `stalled-${readers + more}`, more));
      readers += more;
      const { heapUsed, external } = JSON.parse(await context.fetch('/memory')) as {
        heapUsed: number;
        external: number;
      };
      heap.push({ readers, bytes: heapUsed + external });
      user.push({ readers, bytes: context.process.privateDirtyBytes() });
    }
    const from = Number(process.hrtime.bigint());
    await context.sleep(2 * quietMs);
    const late = pullsWithin(context.probe.events(), from, Number(process.hrtime.bigint()));
    const stalled = await leave(context, crowd);
    // While a window is still filling, asking on is right, and memory has not come to its height.
    const full = stalled === readers;
    if (!full) context.note(`only ${stalled} of ${readers} readers had stalled for certain in the end: no figures`);
    context.measure(latePulls, count(late, full && !Number.isNaN(late) ? readers : 0));
    context.measure(memoryPerReaderKib, values(full ? [bytesPerReader(user) / 1024] : []));
    context.measure(heapPerReaderKib, values(full ? [bytesPerReader(heap) / 1024] : []));
  },
});

type Crowd = ReturnType<ScenarioContext['begin']>;

/** So many readers stall, and their producers have come to rest, or will not within six seconds. */
async function arrive(context: ScenarioContext, id: string, readers: number): Promise<Crowd> {
  const crowd = context.begin([
    {
      id,
      ...context.address,
      request: context.get('/endless'),
      connections: readers,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: stall({ receiveBuffer: 4096 }),
      rampMs: 100,
      timeoutMs: 60_000,
    },
  ]);
  const end = performance.now() + settleWithinMs;
  await context.sleep(quietMs);
  for (let rest = 0; rest < quietMs && performance.now() < end && !context.signal.aborted; rest += 100) {
    const from = Number(process.hrtime.bigint());
    await context.sleep(100);
    if (pullsWithin(context.probe.events(), from, Number(process.hrtime.bigint())) !== 0) rest = -100;
  }
  return crowd;
}

/** @returns how many of them had stalled for certain: their windows were closed */
async function leave(context: ScenarioContext, crowd: readonly Crowd[]): Promise<number> {
  const reports = await Promise.all(crowd.map((each) => each.stop()));
  const receipts = reports.flatMap((report) => report.cohorts[0]!.samples).map(({ receipt }) => receipt);
  for (const { ok, reason } of receipts) if (!ok) context.exclude({ [reason ?? 'no receipt']: 1 });
  return receipts.filter(({ ok }) => ok).length;
}
