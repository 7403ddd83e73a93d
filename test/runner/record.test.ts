import { describe, expect, it } from 'vitest';
import { clientHeadroom, doubtOf } from '../../src/measures/headroom.js';
import { type Measure, values } from '../../src/measures/measure.js';
import { ProbeReader } from '../../src/probes/reader.js';
import type { RunReport } from '../../src/reports/model.js';
import { validRun } from '../../src/reports/validate.js';
import type { ScenarioContext } from '../../src/runner/context.js';
import { environment } from '../../src/runner/environment.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { runSuite } from '../../src/runner/suite.js';
import { answersOnly } from '../../src/targets/lacks.js';
import { nodeHttp } from '../../src/targets/node-http.js';
import type { Target } from '../../src/targets/target.js';
import { place } from '../support/run-report.js';

const rate: Measure = { name: 'rate', title: 'rate', unit: '/s', better: 'higher', what: 'how many' };

/** A target without a process. */
function target(name: string, given: Partial<Target> = {}): Target {
  return {
    ...nodeHttp,
    name,
    role: 'peer',
    version: () => `${name} 1.2`,
    start: async () => ({
      host: '127.0.0.1',
      port: 1,
      path: '/',
      pid: null,
      probe: new ProbeReader('/nowhere'),
      tells: true,
      ended: () => null,
      stop: async () => {},
    }),
    ...given,
  };
}

function scenario(run: (context: ScenarioContext) => Promise<void> | void, given: Partial<Scenario> = {}): Scenario {
  return {
    name: 'one',
    group: 'test',
    question: '?',
    needs: ['application'],
    measures: [rate, clientHeadroom],
    bars: ['rate min >= 10'],
    seconds: { quick: 1, default: 1, full: 1 },
    run: async (context) => run(context),
    ...given,
  };
}

const suite = (asked: Scenario, targets: readonly Target[]): Promise<RunReport> =>
  runSuite({
    id: 'r',
    version: '0',
    scenarios: [asked],
    targets,
    size: 'quick',
    seed: 1,
    environment: place,
    store: { append: () => {}, save: () => {} },
    signal: new AbortController().signal,
    listener: { started: () => {} },
  });

const fast = (context: ScenarioContext): void => context.measure(rate, values([1000]));

describe('what a target lacks', () => {
  const lacks = answersOnly(['/', '/stream'], { '/storm': 'it has no empty chunks' });
  const asks = (path: string) =>
    scenario((context) => {
      context.get(path);
      fast(context);
    });

  it('skips what asks for it, with the reason', async () => {
    const { results } = await suite(asks('/storm'), [target('a', { lacks }), target('b')]);
    expect(results.map(({ verdict, problem }) => [verdict, problem])).toEqual([
      ['skipped', 'it has no empty chunks'],
      ['pass', undefined],
    ]);
  });

  it('is everything that nobody thought of', async () => {
    expect((await suite(asks('/new'), [target('a', { lacks })])).results[0]!.problem).toMatch(/has no \/new/);
    expect((await suite(asks('/stream?x'), [target('a', { lacks })])).results[0]!.verdict).toBe('pass');
  });
});

describe('a run keeps', () => {
  it('the version of each program, where it is here', async () => {
    const gone = target('gone', { unavailable: () => 'absent', version: () => 'never asked' });
    const { targets } = await suite(scenario(fast), [target('a'), gone]);
    expect(targets.map(({ name, role, version }) => [name, role, version])).toEqual([
      ['a', 'peer', 'a 1.2'],
      ['gone', 'peer', undefined],
    ]);
  });

  it('what the testbed itself did meanwhile', async () => {
    const report = await suite(scenario(fast), [target('a')]);
    expect(report.results[0]!.harness).toMatchObject({ cpuMs: expect.any(Number), collections: expect.any(Number) });
    expect(validRun(JSON.parse(JSON.stringify(report)))).toMatchObject({ id: 'r' });
  });

  it('a doubt about a figure with the figure, and no verdict on it', async () => {
    const doubtful = scenario((context) => {
      fast(context);
      context.doubt(rate, doubtOf(1.5)!);
    });
    const [result] = (await suite(doubtful, [target('a')])).results;
    expect(result!.bars[0]).toMatchObject({ verdict: 'inconclusive', detail: expect.stringMatching(/1.50 times/) });
    expect(result!.measures[0]!.doubt).toMatch(/the throughput is at least this/);
  });

  it('the kernel’s settings', () => {
    const { sysctls } = environment();
    expect(sysctls?.['net.core.somaxconn']).toMatch(/^\d+$/);
    expect(sysctls?.['net.ipv4.tcp_mem']).toMatch(/^\d+ \d+ \d+$/);
  });
});

it('a scenario about servers of its own is not asked of those that were chosen', async () => {
  const own = target('its-own');
  const { results, targets } = await suite(scenario(fast, { servers: [own] }), [target('chosen')]);
  expect(results.map((result) => result.target)).toEqual(['its-own']);
  expect(targets.map(({ name }) => name)).toEqual(['its-own']);
});
