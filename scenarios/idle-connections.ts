/** Thousands of clients have their answer and keep their connections for the next request: what does each cost the server? */
import {
  bytesPerReader,
  collectGarbage,
  defineScenario,
  type Measure,
  type MemoryPoint,
  type ScenarioContext,
  values,
} from 'halfopen/testbed';

const idleConnectionBytes: Measure = {
  name: 'idle_connection_bytes',
  title: 'memory per idle connection',
  unit: 'B',
  better: 'lower',
  what: 'user memory of the server that one more idle kept-alive connection costs (median step of private dirty pages)',
};

const rampMs = 500;
const servedWithinMs = { quick: 1500, default: 10_000, full: 10_000 };
const looks = 2;

export default defineScenario({
  name: 'idle-connections',
  group: 'throughput',
  onDemand: true,
  question:
    'Thousands of clients have their answer and keep their connections for the next request: what does each cost the server?',
  needs: ['process'],
  measures: [idleConnectionBytes],
  bars: ['idle_connection_bytes max <= 400'],
  together: 2,
  seconds: { quick: 6, default: 6, full: 8 },
  run: async (context) => {
    // The first crowd is for the server’s own growth; what counts is each of those behind it. From 9,000 on our own makes room.
    const crowds: Crowd[] = [];
    const points: MemoryPoint[] = [];
    let readers = 0;
    for (const more of [2800, 2000, 2000, ...context.sized({ quick: [], default: [2000], full: [2000] })]) {
      crowds.push(arrive(context, `idle-${readers + more}`, more));
      readers += more;
      await allServed(context, readers);
      points.push({ readers, bytes: await atRest(context) });
    }
    const open = context.process.openDescriptors();
    const served = await leave(crowds);
    if (served === readers && open >= readers) return context.measure(idleConnectionBytes, values([stepwise(points)]));
    context.note(`${served} of ${readers} clients were served, ${open} descriptors were open: no figure`);
    context.measure(idleConnectionBytes, values([]));
  },
});

/** A slow server takes its time to have them all; then it comes to rest. Node’s own lets go of the first after five seconds. */
async function allServed(context: ScenarioContext, readers: number): Promise<void> {
  await context.sleep(rampMs);
  const end = performance.now() + context.sized(servedWithinMs);
  while (context.process.openDescriptors() < readers && performance.now() < end && !context.signal.aborted)
    await context.sleep(50);
  await context.sleep(context.sized({ quick: 100, default: 300, full: 300 }));
}

/** The median of three, the lesser of two: what a server allocates once, whenever that is, belongs to one step. */
function stepwise(points: readonly MemoryPoint[]): number {
  const steps = points.slice(1).map((point, i) => bytesPerReader([points[i]!, point]));
  return steps.sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]!;
}

/** Pages that were given up go back to the kernel a moment later, and later still where a core is shared: the least of some looks. */
async function atRest(context: ScenarioContext): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < looks && !context.signal.aborted; look++) {
    await collectGarbage(context);
    await context.sleep(50);
    least = Math.min(least, context.process.privateDirtyBytes());
  }
  return least;
}

type Crowd = ReturnType<ScenarioContext['begin']>;

/** So many clients ask once, and think about the next request longer than the scenario lasts. */
function arrive(context: ScenarioContext, id: string, connections: number): Crowd {
  return context.begin(
    [
      {
        id,
        ...context.address,
        request: context.get('/'),
        connections,
        pacing: { mode: 'closed', thinkMs: 120_000 },
        rampMs,
        durationMs: 120_000,
        timeoutMs: 120_000,
      },
    ],
    120_000,
  );
}

/** @returns how many had a whole answer */
async function leave(crowds: readonly Crowd[]): Promise<number> {
  const reports = await Promise.all(crowds.map((crowd) => crowd.stop()));
  return reports.reduce((sum, report) => sum + report.cohorts[0]!.requests, 0);
}
