import { describe, expect, it } from 'vitest';
import { validRun } from '../../src/reports/validate.js';
import { changed, sample } from './sample.js';

describe('a stored run', () => {
  it('comes back as it was written', () => {
    expect(validRun(JSON.parse(JSON.stringify(sample)))).toEqual(sample);
  });

  it.each<[(string | number)[], unknown, string]>([
    [['seed'], undefined, 'seed: expected a whole number from 0 up, found nothing'],
    [['seed'], -1, 'seed: expected a whole number from 0 up, found -1'],
    [['verdict'], 'ok', 'verdict: expected one of pass, fail, inconclusive, skipped, found "ok"'],
    [['results', 2, 'bars', 1, 'actual'], 'x', 'results[2].bars[1].actual: expected a number, found "x"'],
    [['results', 0, 'measures', 0, 'series', 'kind'], 'pie', 'series.kind: expected one of values, histogram, count'],
    [['results', 0, 'measures', 0, 'series', 'values'], [1, null], 'series.values[1]: expected a number, found null'],
    [
      ['results', 2, 'measures', 0, 'series', 'histogram', 'buckets', 0],
      [1],
      'buckets[0]: expected a bucket and its count',
    ],
    [['results', 0, 'measures', 0, 'intervals'], { p50: [1] }, 'intervals.p50: expected a low and a high end'],
    [['results', 0, 'measures', 0, 'labels'], { a: 1 }, 'labels.a: expected text, found 1'],
    [['environment'], null, 'environment: expected an object, found null'],
    [['targets'], {}, 'targets: expected a list'],
    [['tool', 'name'], 'wrk', 'tool.name: expected one of halfopen'],
    [['schema'], 2, 'schema: expected 1 or older (this file needs a newer halfopen), found 2'],
    [['schema'], undefined, 'schema: expected one of 1, found nothing'],
  ])('%j = %j is refused by name', (path, value, message) => {
    expect(() => validRun(changed(path, value))).toThrow(message);
  });

  it.each([null, [], 'text', 7])('is no %j', (value) => {
    expect(() => validRun(value)).toThrow('the document: expected an object');
  });

  it('may hold members that this version does not know', () => {
    expect(() => validRun(changed(['later'], 1))).not.toThrow();
  });
});
