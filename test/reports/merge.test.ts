import { describe, expect, it } from 'vitest';
import { intervalsOf } from '../../src/gates/statistics/quantile-interval.js';
import { histogramOf } from '../../src/measures/histogram.js';
import { count, nanosecondsAsMs, type Series, values } from '../../src/measures/measure.js';
import { quantileOf } from '../../src/measures/series.js';
import { mergeRuns } from '../../src/reports/merge.js';
import type { MeasureResult, RunReport } from '../../src/reports/model.js';
import { validRun } from '../../src/reports/validate.js';
import { sample } from './sample.js';

const measure = (name: string, series: Series): MeasureResult => ({
  ...{ name, title: name, unit: 'ms', better: 'lower', what: 'for tests', labels: {}, series },
});

/** A run of one scenario with three kinds of series and a bar on each. */
function run(id: string, latencies: readonly number[], wrong: number, part: Partial<RunReport> = {}): RunReport {
  const bar = { actual: 0, limit: 0, unit: 'ms', samples: 1, detail: '', verdict: 'pass' } as const;
  return {
    ...{ ...sample, id, startedAt: '2026-01-02T03:04:05.000Z', seconds: 10, verdict: 'pass', exitCode: 0, notes: [] },
    targets: [sample.targets[0]!],
    scenarios: [sample.scenarios[1]!],
    results: [
      {
        ...{
          scenario: 'fin-idle',
          target: 'native',
          verdict: 'pass',
          excluded: { late: 1 },
          notes: [],
          disturbance: 0,
        },
        seconds: 2,
        measures: [
          measure('notice_app_ms', nanosecondsAsMs(histogramOf(latencies.map((ms) => ms * 1e6)))),
          measure('wrong', count(wrong, 100)),
          measure('rate', values([latencies.length])),
        ],
        bars: [
          { ...bar, text: 'notice_app_ms p(99) <= 5' },
          { ...bar, text: 'wrong count == 0' },
        ],
      },
    ],
    ...part,
  };
}
const fast = (ms: number): number[] => Array.from({ length: 400 }, (_, i) => ms + i / 1000);
const shard = (index: number, of: number) => ({ shard: { index, of } });

describe('runs that are put together', () => {
  const [a, b] = [run('a', fast(1), 0), run('b', fast(2), 0)];

  it('keep every observation, once: histograms, counts and single figures', () => {
    const { measures, excluded, seconds } = mergeRuns([a, b]).results[0]!;
    const whole = nanosecondsAsMs(histogramOf([...fast(1), ...fast(2)].map((ms) => ms * 1e6)));
    expect(measures.map(({ series }) => series)).toEqual([whole, count(0, 200), values([400, 400])]);
    expect([excluded, seconds]).toEqual([{ late: 2 }, 4]);
  });

  it('have the percentiles of all observations, not a mean of percentiles', () => {
    const slow = run(
      'c',
      Array.from({ length: 400 }, () => 100),
      0,
    );
    const merged = mergeRuns([a, slow]).results[0]!.measures[0]!.series;
    expect(quantileOf(merged, 50)).toBeLessThan(2);
    expect(quantileOf(merged, 51)).toBeGreaterThan(99);
  });

  it('have the confidence intervals of all observations', () => {
    const alone = a.results[0]!.measures.map((each) => ({ ...each, intervals: intervalsOf(each.series) }));
    const merged = mergeRuns([{ ...a, results: [{ ...a.results[0]!, measures: alone }] }, b]).results[0]!.measures;
    expect(merged.map(({ intervals }) => intervals)).toEqual(merged.map(({ series }) => intervalsOf(series)));
    expect(merged[0]!.intervals!.p50).not.toEqual(alone[0]!.intervals.p50);
  });

  it('are judged anew: a violation in one part breaks the bar of the whole', () => {
    const merged = mergeRuns([a, run('c', fast(1), 3)]);
    expect(merged).toMatchObject({ verdict: 'fail', exitCode: 11 });
    expect(merged.results[0]!.bars[1]).toMatchObject({ verdict: 'fail', actual: 3, samples: 200 });
  });

  it('decide together what each could not decide alone', () => {
    const few = (id: string) => run(id, fast(1).slice(0, 200), 0);
    expect(mergeRuns([few('c'), few('d')]).results[0]!.bars[0]).toMatchObject({ verdict: 'pass', samples: 400 });
  });

  it('span the time from the first begin to the last end, and can be stored again', () => {
    const merged = mergeRuns([a, { ...b, startedAt: '2026-01-02T03:04:20.000Z' }]);
    expect(merged).toMatchObject({ id: 'a+b', startedAt: a.startedAt, seconds: 25, verdict: 'pass', exitCode: 0 });
    expect(validRun(JSON.parse(JSON.stringify(merged)))).toEqual(merged);
  });

  it('from different machines say so', () => {
    const elsewhere = { ...b, environment: { ...b.environment, cpuModel: 'Other' } };
    expect(mergeRuns([a, elsewhere]).notes).toEqual(['merged from different surroundings: CPU: Some CPU and Other']);
  });
});

describe('what is in doubt in one part', () => {
  const why = 'the load generator could take only 1.20 times as much';
  const doubted = (id: string, doubt: string): RunReport => {
    const { results, ...rest } = run(id, fast(1), 0);
    const [first, ...others] = results[0]!.measures;
    const measures = [{ ...first!, doubt, clientLag: 0.2 }, ...others];
    return { ...rest, results: [{ ...results[0]!, measures }] };
  };
  const sound = run('b', fast(1), 0);

  it.each([
    ['first', [doubted('a', why), sound]],
    ['last', [sound, doubted('a', why)]],
    ['in the middle', [run('c', fast(1), 0), doubted('a', why), sound]],
  ])('stays so in the whole, where it comes %s', (_, runs) => {
    const merged = mergeRuns(runs).results[0]!;
    expect(merged.measures.map(({ doubt }) => doubt)).toEqual([why, undefined, undefined]);
    expect(merged.measures[0]!.clientLag).toBe(0.2);
    expect(merged.bars.map(({ verdict, detail }) => [verdict, detail])).toEqual([
      ['inconclusive', why],
      ['pass', ''],
    ]);
  });

  it('keeps each reason once, through a file and a further merge', () => {
    const half = mergeRuns([doubted('a', why), doubted('d', 'another')]);
    const stored = validRun(JSON.parse(JSON.stringify(half)));
    const { measures } = mergeRuns([stored, doubted('e', why)]).results[0]!;
    expect(measures[0]!.doubt).toMatch(/^the load generator .*; another/);
  });
});

describe('the shards of a run', () => {
  const [one, two] = [run('a', fast(1), 0, shard(1, 2)), run('b', fast(1), 0, shard(2, 2))];

  it('are a whole when all are there, in any order', () => {
    expect(mergeRuns([two, one])).toMatchObject({ verdict: 'pass', exitCode: 0 });
    expect(mergeRuns([two, one]).shard).toBeUndefined();
  });

  it('are inconclusive when one is lost', () => {
    const merged = mergeRuns([one]);
    expect(merged).toMatchObject({ verdict: 'inconclusive', exitCode: 20 });
    expect(merged.notes).toContain('shard 2 of 2 is missing');
  });

  it.each<[string, Partial<RunReport>]>([
    ['was interrupted', { interrupted: true }],
    ['was killed before its last result', { results: [] }],
  ])('are inconclusive when one %s', (_, part) => {
    const merged = mergeRuns([one, { ...two, ...part }]);
    expect(merged).toMatchObject({ verdict: 'inconclusive', exitCode: 20 });
    expect(merged.notes).toContain('the run b did not come to its end');
  });

  it('a failure stays one, whatever is lost', () => {
    expect(mergeRuns([run('a', fast(1), 1, shard(1, 2)), run('c', fast(1), 1, shard(2, 2))]).exitCode).toBe(11);
    const broken = run('a', fast(9), 1, shard(1, 2)).results.map((each) => ({ ...each, verdict: 'fail' as const }));
    expect(mergeRuns([{ ...one, results: broken }]).exitCode).toBe(11);
  });
});

describe('what is no whole', () => {
  const a = run('a', fast(1), 0);
  it.each<[string, RunReport[], string]>([
    ['the same run twice', [a, a], 'the run a is given twice'],
    [
      'the same shard twice',
      [run('a', fast(1), 0, shard(1, 2)), run('b', fast(1), 0, shard(1, 2))],
      'shard 1 of 2 is given twice',
    ],
    ['a shard and a whole', [run('b', fast(1), 0, shard(1, 2)), a], 'shards and whole runs'],
    [
      'differently divided',
      [run('a', fast(1), 0, shard(1, 2)), run('b', fast(1), 0, shard(2, 3))],
      'differently divided',
    ],
    [
      'shards of two seeds',
      [run('a', fast(1), 0, shard(1, 2)), run('b', fast(1), 0, { ...shard(2, 2), seed: 7 })],
      'differ in seed',
    ],
    ['another size', [a, run('b', fast(1), 0, { size: 'full' })], 'differ in size: quick and full'],
    ['another version', [a, run('b', fast(1), 0, { tool: { name: 'halfopen', version: '9' } })], 'different versions'],
    ['nothing', [], 'no run'],
  ])('%s is refused', (_, runs, message) => {
    expect(() => mergeRuns(runs)).toThrow(message);
  });
});
