import { describe, expect, it } from 'vitest';
import type { MeasureResult, Result, RunReport } from '../../src/reports/model.js';
import { needsAddon } from '../support/addon.js';
import { within } from '../support/waiting.js';

// The servers are scripts: they run as they were built.
const { runSuite } = (await import('../../dist/runner/suite.js')) as typeof import('../../src/runner/suite.js');
const { environment } = (await import(
  '../../dist/runner/environment.js'
)) as typeof import('../../src/runner/environment.js');
const { selfCheck } = (await import(
  '../../dist/runner/self-check.js'
)) as typeof import('../../src/runner/self-check.js');
const { flaws } = (await import('../../dist/scenarios/self-check.js')) as {
  flaws: readonly import('../../src/runner/self-check.js').KnownFlaw[];
};

needsAddon();

type Known = (typeof flaws)[number];
const named = (name: string): Known => {
  const found = flaws.find((flaw) => flaw.name === name);
  if (!found) throw new Error(`there is no flaw ${name}`);
  return found;
};

async function check(...chosen: readonly Known[]): Promise<{ report: RunReport; result: Result }> {
  const report = await within(
    runSuite({
      id: 'r',
      version: '0',
      scenarios: [selfCheck('some-flaws', '?', chosen)],
      targets: [],
      size: 'quick',
      seed: 1,
      environment: environment(),
      store: { append: () => {}, save: () => {} },
      signal: new AbortController().signal,
      listener: { started: () => {} },
    }),
    'the self-check to end',
    60_000,
  );
  return { report, result: report.results[0]! };
}

const series = ({ measures }: Result, name: string): MeasureResult['series'][] =>
  measures.filter((measure) => measure.name === name).map((measure) => measure.series);

describe('a calibrated server is reported as what it is', () => {
  // Counts are exact on any machine.
  it.each([
    'never-notices',
    'notices-before-the-cut',
    'aborts-the-finished',
    'pulls-3-more',
    'cuts-half-closed-readers',
    'takes-broken-for-whole',
  ])('%s', { timeout: 70_000, retry: 1 }, async (name) => {
    const { result } = await check(named(name));
    expect(result.problem).toBeUndefined();
    for (const each of series(result, 'calibration_off')) expect(each).toMatchObject({ kind: 'values' });
    const offs = series(result, 'calibration_off').flatMap((each) => (each.kind === 'values' ? each.values : []));
    expect(offs.length).toBeGreaterThan(0);
    expect(new Set(offs)).toEqual(new Set([0]));
    expect(series(result, 'misattributed')).toEqual([{ kind: 'count', count: 0, of: expect.any(Number) }]);
  });

  // Late by what the machine adds, and never early: the tolerance itself is for a machine at rest.
  it.each(['notices-50ms-late', 'backs-off-factor-4-for-2'])('%s', { timeout: 70_000, retry: 2 }, async (name) => {
    const { result } = await check(named(name));
    expect(result.problem).toBeUndefined();
    const reported = result.notes.flatMap((note) => {
      const match = /(?:min|p\(98\)) is ([\d.]+), reported ([\d.]+)$/.exec(note);
      return match ? [[Number(match[1]), Number(match[2])] as const] : [];
    });
    expect(reported).toHaveLength(1);
    const [known, said] = reported[0]!;
    expect(said).toBeGreaterThanOrEqual(known - 1.5);
    expect(said).toBeLessThan(known + 60);
    expect(series(result, 'misattributed')).toEqual([{ kind: 'count', count: 0, of: expect.any(Number) }]);
  });
});

describe('a testbed that reports something else fails', { timeout: 70_000 }, () => {
  const cuts = named('cuts-half-closed-readers');

  it('by another amount', async () => {
    const half = { figure: 'false_aborts{body:paced} share', is: 0.5, kind: 'count' } as const;
    const { report, result } = await check({
      ...cuts,
      expected: (size) => ({ ...cuts.expected(size), known: [half] }),
    });
    expect(result.bars.map(({ verdict }) => verdict)[0]).not.toBe('pass');
    expect(report.verdict).not.toBe('pass');
  });

  it('under another name', async () => {
    const other = { known: [], breaks: ['false_aborts{body:fixed}'] };
    const { report, result } = await check({ ...cuts, expected: () => other });
    expect(result.bars[1]).toMatchObject({ verdict: 'fail', actual: 2 });
    expect(report).toMatchObject({ verdict: 'fail', exitCode: 11 });
  });
});

it('a server that does not come up is no calibration', { timeout: 30_000 }, async () => {
  const broken = { ...named('never-notices'), flaw: { backoff: { firstMs: -1, factor: 2, capMs: 5, jitter: 'none' } } };
  const { report } = await check(broken as Known);
  expect(report.results[0]!.problem).toMatch(/fin-idle on never-notices: the server did not start/);
  expect(report.exitCode).toBe(1);
});
