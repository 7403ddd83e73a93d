import { describe, expect, it } from 'vitest';
import { intervalsOf } from '../../src/gates/statistics/quantile-interval.js';
import { values } from '../../src/measures/measure.js';
import { mergeSeries, quantileOf } from '../../src/measures/series.js';
import { compareRuns, environmentDifferences, renderComparison } from '../../src/reports/compare.js';
import type { MeasureResult, Result, RunReport } from '../../src/reports/model.js';
import { palette } from '../../src/reports/text.js';
import { sample } from './sample.js';

const withRounds = (rounds: number[]): RunReport => withMeasure({ series: values(rounds), rounds: { p50: rounds } });

/** The control stays as it is, unless it is given something of its own. */
const withMeasure = (given: Partial<MeasureResult>, control: Partial<MeasureResult> = {}): RunReport => ({
  ...sample,
  id: 'other',
  results: sample.results.map((result) => ({
    ...result,
    measures: result.measures.map((measure) =>
      measure.name === 'requests_per_second'
        ? { ...measure, ...(result.target === 'node-http' ? control : given) }
        : measure,
    ),
  })),
});

describe('surroundings', () => {
  it('are the same when only the revision, the load and the seed differ', () => {
    const environment = { ...sample.environment, revision: 'abc', dirty: true, loadAverage: 9 };
    expect(environmentDifferences(sample, { ...sample, seed: 1, environment })).toEqual([]);
  });

  it('differ by name', () => {
    const environment = { ...sample.environment, cpuModel: 'Other', clientCpu: 1 };
    expect(environmentDifferences(sample, { ...sample, size: 'full', environment })).toEqual([
      'CPU: Some CPU and Other',
      "client's core: unknown and 1",
      'size of the run: quick and full',
    ]);
  });
});

describe('two runs', () => {
  it('are compared by medians, shares and the tail of distributions', () => {
    const { changes } = compareRuns(sample, withRounds([1200, 1300, 1400]));
    expect(changes.map(({ target, measure, aggregate }) => `${target} ${measure.name} ${aggregate}`)).toEqual([
      'native requests_per_second p50',
      'native wrong_answers share',
      'node-http requests_per_second p50',
      'native notice_app_ms p50',
      'native notice_app_ms p99',
    ]);
    expect(changes[0]).toMatchObject({ before: 1000, after: 1300 });
    expect(changes[0]!.interval![0]).toBeGreaterThan(0);
  });

  it('leave a difference in doubt that the control, the same program in both, has as well', () => {
    const rounds = (given: number[]) => ({ series: values(given), rounds: { p50: given } });
    const text = (own: number[], control: number[]) =>
      renderComparison(sample, withMeasure(rounds(own), rounds(control)), [], palette(false));
    const slower = [580, 600, 610];
    expect(text(slower, [150, 155, 160])).toMatch(/native .*−40\.0 % .*in doubt/);
    expect(text(slower, [150, 155, 160])).toContain('the control, the same in both runs, changed as well');
    expect(text(slower, [300, 312, 320])).toMatch(/native .*−40\.0 % .*worse/); // no drift
    expect(text(slower, [260, 265, 270])).toMatch(/native .*−40\.0 % .*worse/); // less than half of it
    expect(text(slower, [600, 620, 640])).toMatch(/native .*−40\.0 % .*worse/); // the other way
  });

  it('say so where the rounds scatter as much as they differ, and which way is better where they do not', () => {
    const text = (rounds: number[]) => renderComparison(sample, withRounds(rounds), [], palette(false));
    expect(text([1200, 1300, 1400])).toMatch(/native .*1,000 +1,300 +\+30\.0 % +\+\d.*better/);
    expect(text([580, 600, 610])).toMatch(/native .*1,000 +600 +−40\.0 % +−\d.*worse/);
    expect(text([800, 900, 1000])).toMatch(/native .*−10\.0 % +−\d+\.\d % to \+\d+\.\d % +no difference seen/);
    expect(text([500])).toMatch(/native .*−50\.0 % +one round each/);
  });

  it('agree as often as their intervals say, where every start of a server is a little different', () => {
    let state = 2024;
    const uniform = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const run = (withRoundFigures: boolean): RunReport => {
      const rounds = [0, 1, 2].map(() => {
        const level = 1 + 0.05 * normal();
        return values(Array.from({ length: 300 }, () => level * (1 + 0.2 * normal())));
      });
      const series = rounds.reduce((all, each) => mergeSeries(all, each) as typeof each);
      const figures = { p50: rounds.map((each) => quantileOf(each, 50)) };
      return withMeasure({ series, intervals: intervalsOf(series), rounds: withRoundFigures ? figures : {} });
    };
    const agreeing = (withRoundFigures: boolean): number =>
      Array.from({ length: 100 }, () => compareRuns(run(withRoundFigures), run(withRoundFigures)).changes[0]!).filter(
        ({ interval }) => interval![0] <= 0 && interval![1] >= 0,
      ).length;
    expect(agreeing(true)).toBeGreaterThanOrEqual(90);
    expect(agreeing(false)).toBeLessThan(70);
  });

  it('list changed verdicts, and what only one of them has', () => {
    const [first, ...others] = sample.results;
    const other = { ...sample, results: [{ ...first!, verdict: 'fail' as const }, ...others.slice(1)] };
    const found = compareRuns(sample, other);
    expect(found.verdicts).toEqual(['plain on native: pass → fail']);
    expect(found.onlyBefore).toEqual(['plain on node-http']);
    expect(compareRuns(other, sample).onlyAfter).toEqual(['plain on node-http']);
  });

  describe('no difference is called better or worse', () => {
    const text = (a: RunReport, b: RunReport) => renderComparison(a, b, [], palette(false));
    const slower = withRounds([500, 510, 520]);
    const ofPlain = (run: RunReport, change: (result: Result) => Result): RunReport => ({
      ...run,
      results: run.results.map((each) => (each.scenario === 'plain' && each.target === 'native' ? change(each) : each)),
    });
    const withMeasure = (run: RunReport, part: Partial<MeasureResult>): RunReport =>
      ofPlain(run, (result) => ({
        ...result,
        measures: result.measures.map((each) => (each.name === 'requests_per_second' ? { ...each, ...part } : each)),
      }));
    const rate = /^plain +native +requests per second p50.*$/m;

    it.each([
      [
        'before',
        (run: RunReport) => text(withMeasure(run, { doubt: 'the generator was the limit' }), slower),
        /≥ 1,000 +510 /,
      ],
      [
        'after',
        (run: RunReport) => text(run, withMeasure(slower, { doubt: 'the generator was the limit' })),
        /1,000 +≥ 510 /,
      ],
    ])('of figures that were in doubt %s', (_, compared, figures) => {
      const shown = compared(sample);
      expect(shown.match(rate)![0]).toMatch(/−49\.0 % .*in doubt$/);
      expect(shown.match(rate)![0]).toMatch(figures);
      expect(shown).toContain('requests per second of plain on native: the generator was the limit');
    });

    it('of figures of a disturbed machine, where others’ work enters them', () => {
      const busy = (run: RunReport) => ofPlain(run, (result) => ({ ...result, disturbance: 0.2 }));
      const timed = withMeasure(sample, { timed: true });
      expect(text(timed, busy(slower)).match(rate)![0]).toMatch(/in doubt$/);
      expect(text(timed, busy(slower))).toContain('other processes took up to 20 % of the cores');
      expect(text(sample, busy(slower)).match(rate)![0]).toMatch(/worse$/);
    });

    it('that is less than four times as large as the client was late', () => {
      const late = (clientLag: number) => text(sample, withMeasure(slower, { clientLag }));
      expect(late(123).match(rate)![0]).toMatch(/in doubt$/);
      expect(late(123)).toContain('the client itself was up to 123 /s late, more than a quarter of the difference');
      expect(late(122).match(rate)![0]).toMatch(/worse$/);
    });

    it('and nothing is said against figures without a doubt', () => {
      expect(text(sample, slower)).not.toMatch(/doubt|≥/i);
    });
  });

  it('are labelled when they were forced together', () => {
    expect(renderComparison(sample, sample, ['CPU: a and b'], palette(false))).toContain(
      'NOT COMPARABLE: the surroundings differ, so a difference may be theirs\n  CPU: a and b',
    );
  });
});
