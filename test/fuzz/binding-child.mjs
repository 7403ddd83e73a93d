// Calls the addon with random values: `node --expose-gc binding-child.mjs ADDON SEED CALLS`. Exits with 1 when a call
// throws what no caller could have expected; a crash ends it otherwise.
import { createRequire } from 'node:module';
import { Random } from './random.mjs';

const [, , path, seed, calls] = process.argv;
const { Engine, FaultClient, NullServer, socketsOf } = createRequire(import.meta.url)(path);
const random = new Random(Number(seed));

class Ours extends Error {}
const refuse = () => {
  throw new Ours('a getter of the test');
};
const hostile = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const detached = new Uint8Array(16);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const numbers = [0, 1, -1, 0.5, 64, 255, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300];
const values = [
  ...[() => undefined, () => null, () => true, () => false, () => Number.NaN, () => Number.POSITIVE_INFINITY],
  ...numbers.map((number) => () => number),
  ...[
    () => 5n,
    () => '',
    () => 'x',
    () => '127.0.0.1',
    () => 'a\0b',
    () => '\ud800',
    () => 'y'.repeat(70_000),
    () => Symbol('s'),
  ],
  ...[
    () => [],
    () => [1, 2],
    () => ({}),
    () => ({ length: -1 }),
    () => () => {},
    () => refuse,
    () => Object.create(null),
  ],
  ...[
    () => hostile,
    () => revoked.proxy,
    () => new Date(),
    () => /x/,
    () => new Map(),
    () => new Engine(engineOptions(), () => {}),
  ],
  ...[() => new ArrayBuffer(8), () => new SharedArrayBuffer(8), () => new Uint8Array(0), () => new Uint8Array(100_000)],
  ...[
    () => Buffer.from('HTTP/1.1 200 OK\r\n'),
    () => new Float64Array(3),
    () => new Uint8Array(new SharedArrayBuffer(4)),
  ],
  ...[() => new DataView(new ArrayBuffer(8)), () => detached, () => new Int32Array(6)],
];
const anything = () => random.pick(values)();
const some = () => Array.from({ length: random.below(5) }, anything);

/** Right but for one member, most of the time. */
function engineOptions() {
  const options = {
    ...{ backlog: 16, reusePort: false, coalesce: true, gatherUs: 200, maxConnections: 100, lowWaterMark: 16_384 },
    ...{
      headTimeoutMs: 1000,
      keepAliveTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
      stallTimeoutMs: 1000,
      userTimeoutMs: 1000,
    },
    ...{ probeIdleMs: 1000, probeIntervalMs: 1000, probeCount: 3, maxBodyBytes: 1000, ...extraOptions },
  };
  return options;
}
/** Members that were added since: what the engine asks for is learned from what it says. */
const extraOptions = {};
for (;;) {
  try {
    new Engine(engineOptions(), () => {}).destroy();
    break;
  } catch (error) {
    const [, name, kind] = /option (\w+) must be (a number|a boolean)/.exec(error.message) ?? [];
    if (name === undefined || name in extraOptions) throw error;
    extraOptions[name] = kind === 'a boolean' ? true : 16;
  }
}

function plan() {
  const cohort = {
    ...{
      address: '127.0.0.1',
      port: 1,
      request: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      tagAt: [],
      answers: 1,
    },
    ...{
      headOnly: false,
      connections: 1,
      keepAlive: true,
      openLoop: false,
      poisson: false,
      rate: 0,
      thinkNs: 0,
      startNs: 0,
    },
    ...{
      rampNs: 0,
      durationNs: 1e6,
      graceNs: 0,
      timeoutNs: 1e6,
      rounds: 1,
      phaseEndsNs: [],
      receiveBuffer: 0,
      holdNs: 0,
    },
    ...{ expectStatus: 0, expectBodyBytes: -1, expectHash: false, hashHigh: 0, hashLow: 0 },
    steps: [
      { point: 0, amount: 0, amountSpread: 0, delayNs: 0, delaySpreadNs: 0, action: 2, paceBytes: 1, paceNs: 1e6 },
    ],
  };
  const all = { seed: 1, run: 0, deadlineNs: 2e6, cpu: -1, network: '', prompt: false, watched: [], cohorts: [cohort] };
  spoil(random.pick([all, cohort, cohort, cohort.steps[0]]));
  return all;
}

function spoil(object) {
  const key = random.pick(Object.keys(object));
  if (random.chance(8)) delete object[key];
  else object[key] = anything();
}

const methods = ['listen', 'flush', 'defineHead', 'peek', 'remote', 'drain', 'resetAll', 'destroy', 'stats'];
let engine = new Engine(engineOptions(), () => {});

const deeds = [
  () => new Engine(...some()),
  () => {
    const options = engineOptions();
    spoil(options);
    new Engine(options, () => {}).destroy();
  },
  () => engine[random.pick(methods)](...some()),
  () => engine[random.pick(methods)](...some()),
  () => Engine.prototype[random.pick(methods)].apply(anything(), some()),
  () => Engine(...some()),
  () => FaultClient(...some()),
  () => new FaultClient(...some()),
  () => {
    const client = new FaultClient(plan(), () => {});
    client.progress(...some());
    if (random.chance(2)) client.stop(...some());
  },
  () => FaultClient.prototype[random.pick(['stop', 'progress'])].apply(anything(), some()),
  () => new NullServer(...some()).port,
  // Of no null server: one would serve for ever.
  () => NullServer.prototype.serve.apply(anything(), some()),
  () => socketsOf(...some()),
  // Commands for nobody: slots and exchanges that are none. Places in the arena are the gateway's own affair.
  () => {
    const commands = new Int32Array(engine.buffers.commands);
    const count = random.below(40);
    for (let i = 0; i < count; i++)
      commands.set(
        [
          random.next() | 0,
          random.next() | 0,
          random.next() | 0,
          random.below(1000),
          random.below(1000),
          random.below(64),
        ],
        i * 6,
      );
    new Uint32Array(engine.buffers.control)[0] = count;
    engine.flush(...(random.chance(2) ? [new Uint8Array(random.below(100))] : []));
  },
  () => {
    engine.destroy();
    engine = new Engine(engineOptions(), random.chance(3) ? refuse : () => {});
  },
];

/** What a caller may be told: a wrong type or range, an error of the system's with its code, an engine that is over. */
const expected = (error) =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof Ours ||
  typeof error?.code === 'string' ||
  /destroyed|no descriptors left|no thread left|sock_diag|cannot listen/.test(error?.message);

process.on('uncaughtException', (error) => {
  if (!(error instanceof Ours)) throw error;
});
for (let i = 0; i < Number(calls); i++) {
  try {
    random.pick(deeds)();
  } catch (error) {
    if (!expected(error)) {
      console.error(`call ${i}:`, error);
      process.exit(1);
    }
  }
  if (i % 100 === 99) {
    global.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
engine.destroy();
process.exit(0);
