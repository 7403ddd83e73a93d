import { describe, expect, it } from 'vitest';
import { BarError, parseBar } from '../../src/gates/bars.js';
import { type Circumstances, evaluateBar, type Measured, samplesNeeded } from '../../src/gates/evaluate.js';
import { count, type Labels, type Series, values } from '../../src/measures/measure.js';

const measured = (measure: string, series: Series, labels: Labels = {}): Measured => ({ measure, labels, series });
/** `good` samples of 1 and `bad` samples of 10. */
const mixture = (good: number, bad: number): Series =>
  values([...Array.from({ length: good }, () => 1), ...Array.from({ length: bad }, () => 10)]);
const judge = (bar: string, data: readonly Measured[], circumstances?: Circumstances) =>
  evaluateBar(parseBar(bar), data, circumstances);

describe('percentile bars', () => {
  const verdict = (good: number, bad: number) => judge('m p(99) < 5', [measured('m', mixture(good, bad))]).verdict;

  it('pass when a hundredth of violations is rejected', () => {
    expect(verdict(300, 0)).toBe('pass');
    expect(verdict(996, 4)).toBe('pass');
  });

  it('fail when less than a hundredth is rejected', () => {
    expect(verdict(980, 20)).toBe('fail');
    expect(verdict(290, 10)).toBe('fail');
  });

  it('are inconclusive in between', () => {
    expect(verdict(990, 10)).toBe('inconclusive');
    expect(verdict(299, 1)).toBe('inconclusive');
  });

  it('need samples: 300 for the 99th, 3,000 for the 99.9th, a handful for the median', () => {
    expect([50, 99, 99.9].map(samplesNeeded)).toEqual([6, 300, 3000]);
    expect(judge('m p(99) < 5', [measured('m', mixture(299, 0))])).toMatchObject({
      verdict: 'inconclusive',
      detail: '299 samples, p(99) needs 300',
    });
  });

  it('count what lies at the limit as < and <= say', () => {
    expect(judge('m p(50) < 1', [measured('m', mixture(300, 0))]).verdict).toBe('fail');
    expect(judge('m p(50) <= 1', [measured('m', mixture(300, 0))]).verdict).toBe('pass');
  });

  it('take only an upper limit', () => {
    expect(() => judge('m p(99) > 5', [measured('m', mixture(300, 0))])).toThrow(BarError);
  });

  it('are inconclusive when the client was late by more than a quarter of the limit', () => {
    const data = { ...measured('m', mixture(900, 0)), clientLag: 1.3 };
    expect(judge('m p(99) < 5', [data])).toMatchObject({
      verdict: 'inconclusive',
      detail: expect.stringMatching(/client/),
    });
    expect(judge('m p(99) < 5', [{ ...data, clientLag: 1.2 }]).verdict).toBe('pass');
  });

  it('fail all the same when the lateness of the client cannot be why', () => {
    const late = (good: number, bad: number, clientLag: number) =>
      judge('m p(99) < 5', [{ ...measured('m', mixture(good, bad)), clientLag }]).verdict;
    expect(late(850, 50, 1.3)).toBe('fail'); // 10 is beyond 5 and 1.3
    expect(late(850, 50, 6)).toBe('inconclusive'); // and not beyond 5 and 6
    expect(late(880, 20, 1.3)).toBe('inconclusive'); // one in a hundred may have been later still
  });
});

describe('a doubt', () => {
  const [here, there] = ['here', 'there'].map((at) => measured('m', mixture(900, 0), { at }));
  const doubted = (each: Measured): Measured => ({ ...each, doubt: 'why' });

  it('about one of the series that a bar takes together is one about all', () => {
    for (const data of [
      [doubted(here!), there!],
      [here!, doubted(there!)],
    ])
      expect(judge('m p(99) < 5', data)).toMatchObject({ verdict: 'inconclusive', detail: 'why' });
  });

  it('about the reference is one about the bar', () => {
    const bar = 'm{at:here} p(99) < 2x{at:there}';
    expect(judge(bar, [here!, there!]).verdict).toBe('pass');
    expect(judge(bar, [here!, doubted(there!)])).toMatchObject({ verdict: 'inconclusive', detail: 'reference: why' });
  });
});

describe('when others used the same cores', () => {
  const timed = (series: Series): Measured => ({ ...measured('m', series), timed: true });

  it.each<[string, Series]>([
    // 3 % of the time explains 6 % of the samples.
    ['m p(99) < 5', mixture(940, 60)],
    ['m share < 0.01', count(60, 1000)],
    ['m max < 5', mixture(999, 1)],
  ])('what they can explain is no failure: %s', (bar, series) => {
    expect(judge(bar, [timed(series)]).verdict).toBe('fail');
    expect(judge(bar, [timed(series)], { foreign: 0.03 })).toMatchObject({
      verdict: 'inconclusive',
      detail: expect.stringContaining('but other processes took 3 % of the cores'),
    });
  });

  it.each<[string, Series, number]>([
    ['m p(99) < 5', mixture(900, 100), 0.03],
    ['m p(50) < 5', mixture(400, 600), 0.03],
    ['m share < 0.01', count(80, 1000), 0.03],
    ['m max < 5', mixture(999, 1), 0.02],
  ])('what they cannot explain is one: %s', (bar, series, foreign) => {
    expect(judge(bar, [timed(series)], { foreign }).verdict).toBe('fail');
  });

  it('a pass stays a pass, and what is not timed can still fail', () => {
    expect(judge('m p(99) < 5', [timed(mixture(900, 0))], { foreign: 1 }).verdict).toBe('pass');
    expect(judge('m count == 0', [measured('m', count(1, 5))], { foreign: 1 }).verdict).toBe('fail');
    expect(judge('m p(99) < 5', [timed(mixture(0, 900))], { foreign: 1 })).toMatchObject({
      verdict: 'inconclusive',
      detail: expect.stringContaining('other servers were asked on the same cores'),
    });
  });
});

describe('other bars', () => {
  it.each([
    ['m count == 0', count(0, 10), 'pass'],
    ['m count == 0', count(1, 10), 'fail'],
    ['m share < 0.1', count(1, 10), 'fail'],
    ['m share < 0.1', count(0, 10), 'pass'],
    ['m max <= 3', values([1, 3]), 'pass'],
    ['m max < 3', values([1, 3]), 'fail'],
    ['m min > 1', values([1, 3]), 'fail'],
    ['m mean >= 2', values([1, 3]), 'pass'],
    ['m value == 3', values([3]), 'pass'],
    ['m count >= 2', values([1, 3]), 'pass'],
  ])('%s of %j', (bar, series, verdict) => {
    expect(judge(bar, [measured('m', series)]).verdict).toBe(verdict);
  });

  it('say what was found and what was expected', () => {
    expect(judge('m max <= 3', [measured('m', values([1, 4]))])).toMatchObject({ actual: 4, limit: 3, samples: 2 });
  });

  it('no data is not a pass', () => {
    expect(judge('m count == 0', [measured('m', count(0, 0))])).toMatchObject({
      verdict: 'inconclusive',
      detail: 'no data',
    });
    expect(judge('m max <= 3', [measured('m', values([]))]).verdict).toBe('inconclusive');
  });
});

describe('selectors', () => {
  const data = [
    measured('m', values([1]), { cut: 'fin', phase: 'a' }),
    measured('m', values([9]), { cut: 'fin', phase: 'b' }),
    measured('m', values([100]), { cut: 'rst' }),
  ];

  it('choose every series with these labels, and judge them as one', () => {
    expect(judge('m{cut:fin} max < 10', data)).toMatchObject({ verdict: 'pass', samples: 2 });
    expect(judge('m{cut:fin,phase:b} max < 9', data).verdict).toBe('fail');
    expect(judge('m max < 100', data).verdict).toBe('fail');
  });

  it('that match nothing are an error, with what there is', () => {
    expect(() => judge('m{cut:fni} max < 10', data)).toThrow(
      /nothing matches m\{cut:fni\}; there is m\{cut:fin,phase:a\}/,
    );
    expect(() => judge('n max < 10', data)).toThrow(/no such measure/);
    expect(() => judge('m{cut:fin} max < 2x{cut:none}', data)).toThrow(/nothing matches m\{cut:none\}/);
  });
});

describe('relative bars', () => {
  const data = (before: Series, during: Series) => [
    measured('m', before, { phase: 'before' }),
    measured('m', during, { phase: 'during' }),
  ];

  it('take the other figure, times the factor, plus the allowance, as the limit', () => {
    const outcome = judge('m{phase:during} max <= 2x{phase:before} + 1', data(values([3]), values([7])));
    expect(outcome).toMatchObject({ verdict: 'pass', limit: 7, actual: 7 });
    expect(judge('m{phase:during} max < 2x{phase:before}', data(values([3]), values([7]))).verdict).toBe('fail');
  });

  it('are inconclusive when the reference has too few samples', () => {
    const outcome = judge('m{phase:during} p(99) <= 2x{phase:before}', data(mixture(100, 0), mixture(400, 0)));
    expect(outcome).toMatchObject({ verdict: 'inconclusive', detail: 'reference: 100 samples, p(99) needs 300' });
  });
});
