import { describe, expect, it } from 'vitest';
import { values } from '../../src/measures/measure.js';
import { compareRuns, environmentDifferences, renderComparison } from '../../src/reports/compare.js';
import type { RunReport } from '../../src/reports/model.js';
import { palette } from '../../src/reports/text.js';
import { sample } from './sample.js';

const withRounds = (rounds: number[]): RunReport => ({
  ...sample,
  id: 'other',
  results: sample.results.map((result) => ({
    ...result,
    measures: result.measures.map((measure) =>
      measure.name === 'requests_per_second' ? { ...measure, series: values(rounds) } : measure,
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
    expect(changes[0]).toMatchObject({ before: 1000, after: 1300, overlap: false });
  });

  it('say so where their rounds overlap, and which way is better where they do not', () => {
    const text = (rounds: number[]) => renderComparison(sample, withRounds(rounds), [], palette(false));
    expect(text([1200, 1300, 1400])).toMatch(/native .*1,000 +1,300 +\+30\.0 % +better/);
    expect(text([700, 800, 850])).toMatch(/native .*1,000 +800 +−20\.0 % +worse/);
    expect(text([800, 900, 1000])).toMatch(/native .*−10\.0 % +rounds overlap/);
    expect(text([500])).toMatch(/native .*−50\.0 % +worse/);
  });

  it('list changed verdicts, and what only one of them has', () => {
    const [first, ...others] = sample.results;
    const other = { ...sample, results: [{ ...first!, verdict: 'fail' as const }, ...others.slice(1)] };
    const found = compareRuns(sample, other);
    expect(found.verdicts).toEqual(['plain on native: pass → fail']);
    expect(found.onlyBefore).toEqual(['plain on node-http']);
    expect(compareRuns(other, sample).onlyAfter).toEqual(['plain on node-http']);
  });

  it('are labelled when they were forced together', () => {
    expect(renderComparison(sample, sample, ['CPU: a and b'], palette(false))).toContain(
      'NOT COMPARABLE: the surroundings differ, so a difference may be theirs\n  CPU: a and b',
    );
  });
});
