/** Ten thousand streams wait, half of them paused and half backing off at the cap: what do they cost at rest? */
import { readFileSync } from 'node:fs';
import {
  type BySize,
  bytesPerReader,
  defineScenario,
  type Measure,
  type MemoryPoint,
  pullRate,
  type ScenarioContext,
  silentPulls,
  stall,
  streamMemoryKib,
  values,
} from 'halfopen/testbed';

const restCpuPercent: Measure = {
  name: 'rest_cpu_percent',
  title: 'server CPU at rest',
  unit: '%',
  better: 'lower',
  timed: true,
  what: 'share of a core that the server uses while all its streams wait',
};

const waitHeapBytes: Measure = {
  name: 'wait_heap_bytes',
  title: 'JavaScript heap per waiting stream',
  unit: 'B',
  better: 'lower',
  what: 'heap and its buffers that one more waiting stream costs, its application included, after a collection',
};

const settleMs: BySize<number> = { quick: 1000, default: 1500, full: 1500 };
/**
 * What comes after an arrival is no rest: the engine looks once, a quarter of its `userTimeoutMs` later, whether what it sent was
 * received, and V8 collects, eight to ten seconds later, what thousands of arrivals have left.
 */
const afterArrivalMs: BySize<number> = { quick: 1000, default: 11_000, full: 11_000 };
/** Descriptors of a process that are not those of streams. */
const others = 100;
/** The server's own limit for connections, less those that ask how it is. */
const most = 9_900;

export default defineScenario({
  name: 'idle-10k',
  group: 'empty-yield',
  onDemand: true,
  question:
    'Ten thousand streams wait, half of them paused and half backing off at the cap: what do they cost at rest?',
  needs: ['probe', 'backoff', 'process'],
  measures: [restCpuPercent, silentPulls, waitHeapBytes, streamMemoryKib],
  bars: [
    'rest_cpu_percent max <= 2',
    'silent_pulls{style:pause} max <= 0',
    // The cap of the default back-off asks four times a second.
    'silent_pulls{style:iterator} max <= 4.4',
  ],
  together: 4, // ten thousand streams come on time only where they have the cores to themselves
  seconds: { quick: 11, default: 29, full: 51 },
  run: async (context) => {
    const wanted = context.sized({ quick: 2_000, default: most, full: most });
    const streams = Math.min(wanted, descriptors() - others);
    if (streams < wanted) context.note(`${streams} streams instead of ${wanted}: there are no more descriptors`);
    const half = Math.floor(streams / 4) * 2;
    const windowMs = context.sized({ quick: 1_200, default: 4_000, full: 15_000 });
    const paused = await arrive(context, 'pause', half);
    await context.sleep(context.sized(settleMs)); // what was asked on the way is told a little later
    const quiet = await rest(context, windowMs);
    const backingOff = await arrive(context, 'iterator', half);
    await context.sleep(context.sized(afterArrivalMs));
    const both = await rest(context, windowMs);
    const stood = await leave(context, [...paused, ...backingOff]);
    const all = stood >= 2 * half;
    if (!all) context.note(`only ${stood} of ${2 * half} streams were there to the end: no figures at rest`);
    const figure = (value: number) => values(all ? [value] : []);
    context.measure(restCpuPercent, figure(both.cpuPercent));
    context.measure(silentPulls, figure(quiet.pullsPerSecond / half), { style: 'pause' });
    context.measure(silentPulls, figure((both.pullsPerSecond - quiet.pullsPerSecond) / half), { style: 'iterator' });
  },
});

type Crowd = ReturnType<ScenarioContext['begin']>;

/** So many streams of one style come in two steps, and come to rest: what does one more of them cost? */
async function arrive(context: ScenarioContext, style: 'pause' | 'iterator', streams: number): Promise<Crowd[]> {
  const crowds: Crowd[] = [];
  const heap: MemoryPoint[] = [];
  const user: MemoryPoint[] = [];
  for (const readers of [streams / 2, streams]) {
    crowds.push(silent(context, style, `${style}-${readers}`, streams / 2));
    await context.sleep(context.sized(settleMs));
    const { heapUsed, external } = JSON.parse(await context.fetch('/memory')) as Record<string, number>;
    heap.push({ readers, bytes: heapUsed! + external! });
    user.push({ readers, bytes: context.process.privateDirtyBytes() });
  }
  context.measure(waitHeapBytes, values([bytesPerReader(heap)]), { style });
  context.measure(streamMemoryKib, values([bytesPerReader(user) / 1024]), { style });
  return crowds;
}

/** Clients of silent streams, which stay until they are stopped. */
function silent(context: ScenarioContext, style: string, id: string, connections: number): Crowd {
  return context.begin(
    [
      {
        id,
        ...context.address,
        request: context.get(`/styles/${style}`),
        connections,
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: stall({}),
        rampMs: 500,
        timeoutMs: 120_000,
      },
    ],
    120_000,
  );
}

async function rest(context: ScenarioContext, ms: number): Promise<{ cpuPercent: number; pullsPerSecond: number }> {
  const [cpu, from] = [context.process.cpuNs(), now()];
  await context.sleep(ms);
  const to = now();
  const cpuPercent = (100 * (context.process.cpuNs() - cpu)) / (to - from);
  const pulls = pullRate(context.probe.events(), from, to);
  return { cpuPercent, pullsPerSecond: Number.isNaN(pulls) ? 0 : pulls };
}

const now = (): number => Number(process.hrtime.bigint());

/** @returns how many of the streams had come and were still there */
async function leave(context: ScenarioContext, crowds: readonly Crowd[]): Promise<number> {
  const reports = await Promise.all(crowds.map((each) => each.stop()));
  const receipts = reports.map((report) => report.cohorts[0]!.receipts);
  for (const { failed } of receipts) context.exclude(failed as Record<string, number>);
  return receipts.reduce((sum, { ok }) => sum + ok, 0);
}

/** How many files a process may have open; the server inherits the limit. */
function descriptors(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
