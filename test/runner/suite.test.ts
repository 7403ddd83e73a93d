import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { count, type Measure } from '../../src/measures/measure.js';
import { ProbeReader } from '../../src/probes/reader.js';
import type { RunReport, Size } from '../../src/reports/model.js';
import type { ScenarioContext } from '../../src/runner/context.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { runSuite } from '../../src/runner/suite.js';
import { nodeHttp } from '../../src/targets/node-http.js';
import type { Target } from '../../src/targets/target.js';
import { place } from '../support/run-report.js';

const flaws: Measure = { name: 'flaws', title: 'flaws', unit: '', better: 'lower', what: 'what is wrong' };
let log: string[];
let saved: RunReport[];
let interruption: AbortController;
beforeEach(() => {
  log = [];
  saved = [];
  interruption = new AbortController();
});
afterEach(() =>
  expect(log.filter((line) => line.startsWith('start')).length).toBe(
    log.filter((line) => line.startsWith('stop')).length,
  ),
);

/** A target without a process. */
function target(name: string, given: Partial<Target> & { dies?: boolean } = {}): Target {
  return {
    ...nodeHttp,
    name,
    role: 'own',
    start: async ({ halfClose }) => {
      log.push(`start ${name}${halfClose ? ` ${halfClose}` : ''}`);
      return {
        host: '127.0.0.1',
        port: 1,
        path: '/',
        pid: null,
        probe: new ProbeReader('/nowhere'),
        tells: true,
        ended: () => (given.dies ? 'ended by SIGSEGV' : null),
        stop: async () => void log.push(`stop ${name}`),
      };
    },
    ...given,
  };
}

function scenario(name: string, run: (context: ScenarioContext) => Promise<void> | void, rounds = 1): Scenario {
  return {
    name,
    group: 'test',
    question: '?',
    needs: [],
    measures: [flaws],
    bars: ['flaws count == 0'],
    rounds: { quick: rounds, default: rounds, full: rounds },
    seconds: { quick: 1, default: 1, full: 1 },
    run: async (context) => {
      log.push(`${name} ${context.target.name} ${context.round}`);
      await run(context);
    },
  };
}

const flawless = (context: ScenarioContext): void => context.measure(flaws, count(0, 1));

const suite = (
  scenarios: readonly Scenario[],
  targets: readonly Target[],
  seed = 1,
  size: Size = 'quick',
): Promise<RunReport> =>
  runSuite({
    id: 'r',
    version: '0',
    scenarios,
    targets,
    size,
    seed,
    environment: place,
    store: { append: () => {}, save: (report) => saved.push(report) },
    signal: interruption.signal,
    listener: { started: ({ target: name, done, total }) => log.push(`begun ${name} ${done}/${total}`) },
  });

describe('a suite', () => {
  it('starts a server for each round, and lets the targets take turns', async () => {
    const report = await suite([scenario('one', flawless, 3)], [target('a'), target('b')]);
    expect(report).toMatchObject({ verdict: 'pass', exitCode: 0 });
    const rounds = log.filter((line) => line.startsWith('one')).map((line) => line.split(' '));
    expect(rounds.map(([, , round]) => round)).toEqual(['0', '0', '1', '1', '2', '2']);
    for (const round of ['0', '1', '2'])
      expect(
        rounds
          .filter((each) => each[2] === round)
          .map(([, name]) => name)
          .sort(),
      ).toEqual(['a', 'b']);
    expect(log.filter((line) => line.startsWith('start'))).toHaveLength(6);
    expect(report.results[0]!.measures[0]!.series).toEqual(count(0, 3));
  });

  it('draws the order from the seed', async () => {
    const orderOf = async (seed: number): Promise<string> => {
      log = [];
      await suite([scenario('one', flawless, 6)], [target('a'), target('b'), target('c')], seed);
      return log.filter((line) => line.startsWith('one')).join();
    };
    expect(await orderOf(1)).toBe(await orderOf(1));
    expect(await orderOf(1)).not.toBe(await orderOf(2));
  });

  it('saves after every scenario', async () => {
    await suite([scenario('one', flawless), scenario('two', flawless)], [target('a')]);
    expect(saved.map(({ results }) => results.length)).toEqual([1, 2, 2]);
  });

  it('starts another server in the place of the first when asked', async () => {
    await suite(
      [
        scenario('one', async (context) => {
          await context.restart({ halfClose: 'tolerate' });
          flawless(context);
        }),
      ],
      [target('a')],
    );
    expect(log.slice(1)).toEqual(['start a', 'one a 0', 'stop a', 'start a tolerate', 'stop a']);
  });
});

describe('what goes wrong', () => {
  const oops = (): never => {
    throw new Error('oh no');
  };
  const breaks = scenario('breaks', oops, 2);

  it('in a scenario costs its own result, and is the testbed’s failure', async () => {
    const report = await suite([breaks, scenario('two', flawless)], [target('a')]);
    expect(report.exitCode).toBe(1);
    expect(report.results).toMatchObject([
      { verdict: 'inconclusive', problem: 'the testbed failed: oh no' },
      { verdict: 'pass' },
    ]);
  });

  it('in a bar that selects nothing is the testbed’s failure', async () => {
    const report = await suite([scenario('one', () => {})], [target('a')]);
    expect(report.exitCode).toBe(1);
    expect(report.results[0]!.problem).toMatch(/the testbed failed: .*nothing matches flaws/);
  });

  it('in the labels of a bar is wrong use: it must not look like a verdict', async () => {
    const labelled = scenario('one', (context) => context.measure(flaws, count(0, 1), { cut: 'fin' }));
    const misspelt = { ...labelled, bars: ['flaws{cut:fni} count == 0'] };
    const report = await suite(
      [misspelt, scenario('two', (context) => context.measure(flaws, count(1, 1)))],
      [target('a')],
    );
    expect(report.exitCode).toBe(2);
    expect(report.results[0]!.problem).toMatch(/^bar .*nothing matches flaws\{cut:fni\}; there is flaws\{cut:fin\}/);
  });

  it('in the server is the server’s failure', async () => {
    const fails = target('fails', { start: async () => Promise.reject(new Error('no port')) });
    const report = await suite(
      [breaks],
      [target('dies', { dies: true }), fails, target('gone', { unavailable: () => 'absent' })],
    );
    expect(report.exitCode).toBe(11);
    expect(report.results.map(({ verdict, problem }) => [verdict, problem])).toEqual([
      ['fail', 'oh no'],
      ['fail', 'no port'],
      ['skipped', 'absent'],
    ]);
  });

  it('with the control decides nothing', async () => {
    const flawed = scenario('one', (context) =>
      context.measure(flaws, count(context.target.role === 'own' ? 0 : 1, 1)),
    );
    const report = await suite([flawed], [target('a'), target('c', { role: 'control' })]);
    expect(report.results.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
    expect(report).toMatchObject({ verdict: 'pass', exitCode: 0 });
  });

  it('a control alone is judged', async () => {
    const report = await suite(
      [scenario('one', (context) => context.measure(flaws, count(1, 1)))],
      [target('c', { role: 'control' })],
    );
    expect(report.exitCode).toBe(11);
  });
});

it('an interruption keeps what was measured, decides nothing and starts nothing more', async () => {
  const halts = scenario('halts', (context) => {
    flawless(context);
    interruption.abort();
  });
  const report = await suite([scenario('one', flawless), halts, scenario('never', flawless)], [target('a')]);
  expect(report).toMatchObject({ interrupted: true, exitCode: 130, verdict: 'inconclusive' });
  expect(report.results.map(({ scenario: name, verdict, measures }) => [name, verdict, measures.length])).toEqual([
    ['one', 'pass', 1],
    ['halts', 'inconclusive', 1],
  ]);
  expect(log.some((line) => line.startsWith('never'))).toBe(false);
});

describe('together', () => {
  const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
  let under = 0;
  let most = 0;
  const overlapping = (then: (context: ScenarioContext) => void = flawless): Scenario => ({
    ...scenario('one', async (context) => {
      most = Math.max(most, ++under);
      await wait(20);
      under--;
      then(context);
    }),
    together: 2,
  });
  const four = ['a', 'b', 'c', 'd'];
  beforeEach(() => {
    under = 0;
    most = 0;
  });

  it('asks so many at once in the quick size of a grid', async () => {
    const all = four.map((name) => target(name));
    const report = await suite([overlapping()], all);
    expect(most).toBe(2);
    expect(report.notes.join()).toMatch(/several servers at once.*: one;/);
    most = 0;
    expect((await suite([overlapping()], all, 1, 'default')).notes.join()).not.toMatch(/at once/);
    expect(most).toBe(1);
  });

  it('asks one after the other when there are few, in the full size, and in the default one unless it may be asked of many', async () => {
    const mostOf = async (servers: number, together: number, size: Size): Promise<number> => {
      most = 0;
      const all = four.slice(0, servers).map((name) => target(name));
      await suite([{ ...overlapping(), together }], all, 1, size);
      return most;
    };
    expect(await mostOf(3, 8, 'quick')).toBe(1);
    expect(await mostOf(4, 8, 'quick')).toBe(4);
    expect(await mostOf(4, 7, 'default')).toBe(1);
    expect(await mostOf(4, 8, 'default')).toBe(4);
    expect(await mostOf(4, 8, 'full')).toBe(1);
  });

  it('draws the order from the seed, starts all servers before the first is asked, and numbers the slots', async () => {
    const of = async (seed: number, together = 2, size: Size = 'quick'): Promise<string[]> => {
      log = [];
      await suite(
        [{ ...overlapping(), together }],
        four.map((name) => target(name)),
        seed,
        size,
      );
      return log.filter((line) => !line.startsWith('stop'));
    };
    const begun = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('begun'));
    const [one, again] = [await of(1), await of(1)];
    expect(begun(one)).toEqual(begun(again));
    const inDefault = await of(1, 8, 'default');
    for (const lines of [one, inDefault]) {
      expect(lines.slice(0, 4).every((line) => line.startsWith('start'))).toBe(true);
      expect(begun(lines)).toHaveLength(4);
      expect(lines).toHaveLength(12);
    }
    const long = (await of(1, 8, 'full')).map((line) => line.split(' ')[0]);
    expect(long).toEqual(Array.from({ length: 4 }, () => ['begun', 'start', 'one']).flat());
    expect(begun(one).map((line) => line.split(' ')[2])).toEqual(['0/4', '1/4', '2/4', '3/4']);
    const orders = new Set<string>();
    for (let seed = 0; seed < 12; seed++) orders.add((await of(seed)).join());
    expect(orders.size).toBeGreaterThan(1);
  });

  it('asks the next one when one is over, not when all are', async () => {
    const order: string[] = [];
    const uneven = async (context: ScenarioContext): Promise<void> => {
      flawless(context);
      const first = order.length === 0;
      order.push(`${first ? 'long' : 'short'} begun`);
      await wait(first ? 200 : 5);
      order.push(`${first ? 'long' : 'short'} over`);
    };
    await suite(
      [{ ...scenario('one', uneven), together: 2 }],
      four.map((name) => target(name)),
    );
    expect(order.filter((line) => line === 'short over')).toHaveLength(3);
    expect(order.at(-1)).toBe('long over');
  });

  it('keeps each result with its target, and one that fails costs its own', async () => {
    const report = await suite(
      [
        overlapping((context) => {
          if (context.target.name === 'b') throw new Error('oh no');
          context.measure(flaws, count(context.target.name === 'c' ? 1 : 0, 1));
        }),
      ],
      [
        ...four.slice(0, 3).map((name) => target(name)),
        target('d', { start: async () => Promise.reject(new Error('no port')) }),
      ],
    );
    expect(report.results.map((each) => [each.target, each.verdict, each.problem])).toEqual([
      ['a', 'pass', undefined],
      ['b', 'inconclusive', 'the testbed failed: oh no'],
      ['c', 'fail', undefined],
      ['d', 'fail', 'no port'],
    ]);
  });

  it('shares its time with other scenarios when it may be asked of many servers; the report keeps their order', async () => {
    const servers = [target('e'), target('f')];
    const few = (name: string, together: number): Scenario => ({ ...overlapping(), name, together, servers });
    const report = await suite(
      [few('first', 8), scenario('alone', flawless), few('last', 8)],
      four.map((name) => target(name)),
    );
    expect(most).toBe(4);
    expect(report.results.map((each) => each.scenario)).toEqual(
      ['first', 'first'].concat(['alone', 'alone', 'alone', 'alone'], ['last', 'last']),
    );
    expect(saved.map(({ results }) => results.length)).toEqual([4, 8, 8]);
    most = 0;
    await suite(
      [few('first', 3), few('last', 3)],
      four.map((name) => target(name)),
    );
    expect(most).toBe(2);
  });

  it('has the long ones share their time with long ones', async () => {
    const servers = four.map((name) => target(name));
    const lasting = (name: string, seconds: number): Scenario => ({
      ...scenario(name, flawless),
      ...{ together: 8, servers, seconds: { quick: seconds, default: seconds, full: seconds } },
    });
    await suite([lasting('a-second', 1), lasting('long', 9), lasting('another', 1), lasting('longer', 10)], servers);
    const asked = log.filter((line) => /^(a-second|another|long|longer) /.test(line)).map((line) => line.split(' ')[0]);
    expect(new Set(asked.slice(0, 8))).toEqual(new Set(['long', 'longer']));
    expect(asked).toHaveLength(16);
  });

  it('starts them on both cores, and has each on the server’s when it is asked', async () => {
    const cores: (number | null | undefined)[] = [];
    const servers = four.map((name) =>
      target(name, {
        start: (options) => {
          cores.push(options.startCpu);
          expect(options.cpu).toBe(place.serverCpu);
          return target(name).start(options);
        },
      }),
    );
    await suite([scenario('one', flawless)], servers);
    expect(cores).toEqual([place.serverCpu, place.clientCpu, place.serverCpu, place.clientCpu]);
  });

  it('is saved when it is interrupted, with those of the batches before', async () => {
    let asked = 0;
    const stops = overlapping((context) => {
      flawless(context);
      if (++asked === 3) interruption.abort();
    });
    const report = await suite(
      [stops],
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => target(name)),
    );
    expect(report).toMatchObject({ interrupted: true, exitCode: 130 });
    expect(saved.at(-1)).toEqual(report);
    // The second batch was under way; the third never began.
    expect(report.results.filter(({ verdict }) => verdict === 'pass')).toHaveLength(2);
    expect(report.results.filter(({ problem }) => problem === 'interrupted')).toHaveLength(4);
    expect(log.filter((line) => line.startsWith('one'))).toHaveLength(4);
  });
});
