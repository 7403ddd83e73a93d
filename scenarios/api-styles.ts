/** Three ways to write a stream that has nothing to say yet: which should a standard choose? */
import net from 'node:net';
import {
  bytesPerReader,
  count,
  defineScenario,
  idleCpuUs,
  type MemoryPoint,
  pullRate,
  pullsAfterCut,
  pullsWithin,
  type ScenarioContext,
  silentPulls,
  stall,
  streamMemoryKib,
  values,
  wakeMs,
} from 'halfopen/testbed';

const styles = ['channel', 'pause', 'iterator'] as const;
type Style = (typeof styles)[number];

/** The cap of the default back-off asks a silent iterator four times a second. */
const usualPulls = 4;
const listeners = 16;

export default defineScenario({
  name: 'api-styles',
  group: 'empty-yield',
  onDemand: true,
  question: 'Three ways to write a stream that has nothing to say yet: which should a standard choose?',
  needs: ['probe', 'backoff', 'process'],
  measures: [wakeMs, idleCpuUs, silentPulls, streamMemoryKib, pullsAfterCut],
  bars: [
    'wake_ms{style:channel} p(50) <= 25',
    'wake_ms{style:pause} p(50) <= 25',
    'silent_pulls{style:channel} max <= 0',
    'silent_pulls{style:pause} max <= 0',
    `silent_pulls{style:iterator} max <= ${1.1 * usualPulls}`,
    'pulls_after_cut{style:channel} count == 0',
    'pulls_after_cut{style:pause} count == 0',
    'pulls_after_cut{style:iterator} count == 0',
  ],
  together: 8,
  seconds: { quick: 10, default: 17, full: 50 },
  run: async (context) => {
    for (const style of styles) await ask(context, style);
    context.note(
      'a channel or a pause wakes at once and is asked nothing meanwhile; an iterator waits for its back-off, and is what every host understands',
    );
  },
});

async function ask(context: ScenarioContext, style: Style): Promise<void> {
  const path = `/styles/${style}`;
  await context.restart(); // memory that another style has used would be used again
  const base = await cpuShare(context, 500);
  const memory: MemoryPoint[] = [];
  const crowds: ReturnType<ScenarioContext['begin']>[] = [];
  let streams = 0;
  for (const more of context.sized({ quick: [250, 250], default: [250, 250, 300], full: [800, 800, 900] })) {
    crowds.push(silent(context, path, `${style}-${streams}`, more));
    streams += more;
    await context.sleep(context.sized({ quick: 350, default: 500, full: 2000 }));
    memory.push({ readers: streams, bytes: context.process.privateDirtyBytes() });
  }
  await context.sleep(context.sized({ quick: 250, default: 500, full: 0 })); // until the last of them are asked at the cap’s rate
  const restMs = context.sized({ quick: 750, default: 1000, full: 4000 });
  const from = now();
  const share = await cpuShare(context, restMs);
  const pulls = pullRate(context.probe.events(), from, now());
  context.measure(idleCpuUs, values([(Math.max(0, share - base) * 1e6) / streams]), { style });
  context.measure(silentPulls, values([(Number.isNaN(pulls) ? 0 : pulls) / streams]), { style });
  context.measure(streamMemoryKib, values([bytesPerReader(memory) / 1024]), { style });
  context.measure(wakeMs, values(await wakeUps(context, path)), { style });
  await Promise.all(crowds.map((crowd) => crowd.stop()));
  await context.sleep(300); // until the last application has been told
  const cut = now();
  await context.sleep(500);
  const late = pullsWithin(context.probe.events(), cut, now());
  context.measure(pullsAfterCut, count(Number.isNaN(late) ? 0 : late, streams), { style });
}

const now = (): number => Number(process.hrtime.bigint());

/** So many clients of silent streams, which stay until they are stopped. */
function silent(context: ScenarioContext, path: string, id: string, connections: number) {
  return context.begin(
    [
      {
        id,
        ...context.address,
        request: context.get(path),
        connections,
        pacing: { mode: 'closed', thinkMs: 0 },
        fault: stall({}),
        rampMs: 200,
        timeoutMs: 60_000,
      },
    ],
    60_000,
  );
}

async function cpuShare(context: ScenarioContext, ms: number): Promise<number> {
  const [cpu, time] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(ms);
  return (context.process.cpuNs() - cpu) / Number(process.hrtime.bigint() - time);
}

/** A few clients listen while all silent streams are woken: how long each waits, several times over, in milliseconds. */
async function wakeUps(context: ScenarioContext, path: string): Promise<number[]> {
  const waits: number[] = [];
  const ears = await Promise.all(Array.from({ length: listeners }, () => Listener.open(context, path)));
  try {
    for (let i = 0; i < context.sized({ quick: 2, default: 5, full: 20 }) && !context.signal.aborted; i++) {
      // Between the ticks of any back-off.
      await context.sleep(300 + ((i * 37) % 90));
      const asked = performance.now();
      const heard = ears.map((ear) => ear.next());
      await context.fetch(`${path}/wake`);
      waits.push(...(await Promise.all(heard)).map((at) => at - asked));
    }
  } finally {
    for (const ear of ears) ear.close();
  }
  return waits;
}

/** A client of one stream that notes when something comes. */
class Listener {
  #heard: (at: number) => void = () => {};

  private constructor(readonly socket: net.Socket) {
    socket.on('data', () => this.#heard(performance.now()));
    socket.on('error', () => {}); // shown by the wait that is not answered
  }

  static async open(context: ScenarioContext, path: string): Promise<Listener> {
    const { host, port } = context.address;
    const socket = net.connect({ host, port, noDelay: true });
    const listener = new Listener(socket);
    const begun = listener.next();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
    await begun;
    return listener;
  }

  /** When the next bytes come. @throws Error after five seconds */
  next(): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('a stream that was woken said nothing within 5 s')), 5000);
      this.#heard = (at) => {
        clearTimeout(late);
        resolve(at);
      };
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
