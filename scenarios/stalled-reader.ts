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
  type Standing,
  Standstill,
  type StreamsPoint,
  serverSockets,
  stall,
  values,
} from 'halfopen/testbed';

/** The queue may hold its high-water mark and one chunk more, and a connection costs something by itself. */
const highWaterKib = 64;
const chunkKib = 16;
const connectionKib = 8;

const quietMs = 300;
const policy = { quietMs, askingMs: 1500, stuckMs: 3000 };
/** A server may fill megabytes of the kernel's for each reader, one reader after the other. */
const settleWithinMs = 20_000;
/** Totals are told every 100 ms, and written 20 ms later. */
const toldWithinMs = 150;
const lastsMs = 90_000;

export default defineScenario({
  name: 'stalled-reader',
  group: 'slow-reader',
  question:
    'Hundreds of clients stop reading while their applications could go on for ever: what does each cost, and does the asking stop?',
  needs: ['probe', 'application', 'process'],
  measures: [memoryPerReaderKib, heapPerReaderKib, latePulls],
  bars: [`memory_per_reader_kib max <= ${highWaterKib + chunkKib + connectionKib}`, 'late_pulls count == 0'],
  together: 4,
  seconds: { quick: 2.5, default: 5, full: 10 },
  run: async (context) => {
    const steps = context.sized({ quick: [60, 140], default: [100, 150, 150], full: [100, 400, 500] });
    const crowd: Crowd[] = [];
    const user: MemoryPoint[] = [];
    const heap: MemoryPoint[] = [];
    let readers = 0;
    let standing: Standing = 'moving';
    for (const more of steps) {
      crowd.push(arrive(context, `stalled-${readers + more}`, more));
      readers += more;
      standing = await settle(context, readers);
      if (standing === 'stuck' || standing === 'moving') break;
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
    // While a queue is still filling, asking on is right, and memory has not come to its height.
    const full = stalled === readers && (standing === 'settled' || standing === 'asking');
    if (stalled < readers) context.note(`only ${stalled} of ${readers} readers had stalled in the end: no figures`);
    else if (!full) context.note(`the queues were still filling after ${settleWithinMs / 1000} s: no figures`);
    context.measure(latePulls, count(late, full && !Number.isNaN(late) ? readers : 0));
    context.measure(memoryPerReaderKib, values(full ? [bytesPerReader(user) / 1024] : []));
    context.measure(heapPerReaderKib, values(full ? [bytesPerReader(heap) / 1024] : []));
  },
});

type Crowd = ReturnType<ScenarioContext['begin']>;

function arrive(context: ScenarioContext, id: string, readers: number): Crowd {
  const fault = stall({ receiveBuffer: 4096 });
  const pacing = { mode: 'closed', thinkMs: 0 } as const;
  const request = context.get('/endless');
  const cohort = { id, ...context.address, request, connections: readers, pacing, fault, rampMs: 100 };
  return context.begin([{ ...cohort, timeoutMs: lastsMs }], lastsMs);
}

/** Waits until all have begun, the kernel's queues rest and so do the producers; or until it is plain that they will not. */
async function settle(context: ScenarioContext, readers: number): Promise<Standing> {
  const standstill = new Standstill(readers, policy);
  const end = performance.now() + settleWithinMs;
  const look = (): Standing => standstill.see(now(context));
  let standing: Standing = 'moving';
  while (standing === 'moving' && performance.now() < end && !context.signal.aborted) {
    await context.sleep(50);
    standing = look();
    if (standing !== 'settled') continue;
    // A server whose loop is busy tells nothing either. This answer comes from a loop that turns.
    await context.fetch('/');
    await context.sleep(toldWithinMs);
    standing = look();
  }
  return standing;
}

function now(context: ScenarioContext): StreamsPoint {
  const sockets = serverSockets(context.address.port);
  return {
    ms: performance.now(),
    begun: context.probe.only('request').length,
    pulls: pullsWithin(context.probe.events(), 0, Number(process.hrtime.bigint())) || 0,
    cpuMs: context.process.cpuNs() / 1e6,
    queued: sockets?.reduce((sum, { sendQueue }) => sum + sendQueue, 0) ?? Number.NaN,
  };
}

/** @returns how many of them had stalled for certain: their windows were closed */
async function leave(context: ScenarioContext, crowd: readonly Crowd[]): Promise<number> {
  const reports = await Promise.all(crowd.map((each) => each.stop()));
  const receipts = reports.flatMap((report) => report.cohorts[0]!.samples).map(({ receipt }) => receipt);
  for (const { ok, reason } of receipts) if (!ok) context.exclude({ [reason ?? 'no receipt']: 1 });
  return receipts.filter(({ ok }) => ok).length;
}
