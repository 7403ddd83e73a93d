import { describe, expect, it } from 'vitest';
import { calibrate, type Expectations, needsFlawless, toleranceOf } from '../../src/measures/calibration.js';
import type { Result } from '../../src/reports/model.js';
import { bar, measure, result } from '../support/run-report.js';

const found = (ms: number, verdicts: Partial<Record<string, 'pass' | 'fail' | 'inconclusive'>> = {}): Result =>
  result({
    measures: [
      measure({ name: 'notice_ms', labels: { cut: 'fin' }, series: { kind: 'values', values: [ms, ms, ms] } }),
      measure({ name: 'lost', series: { kind: 'count', count: 3, of: 12 } }),
    ],
    bars: [
      bar({ text: 'notice_ms{cut:fin} p(99) <= 5', verdict: verdicts.notice ?? 'fail' }),
      bar({ text: 'lost count == 0', verdict: verdicts.lost ?? 'pass' }),
    ],
  });

const late = (known: Expectations['known'], given: Partial<Expectations> = {}): Expectations => ({
  known,
  breaks: ['notice_ms{cut:fin}'],
  ...given,
});
const time = (is: number) => ({ figure: 'notice_ms{cut:fin} p(50)', is, kind: 'time' }) as const;

describe('the tolerance of a known figure', () => {
  it.each([
    ['time', 5, 0.3],
    ['time', 500, 10],
    ['memory', 1024, 51.2],
    ['count', 3, 0],
  ] as const)('%s of %d: %d', (kind, is, tolerance) => expect(toleranceOf({ kind, is })).toBeCloseTo(tolerance));
});

describe('a calibration', () => {
  it('is the distance of what is reported as a multiple of the tolerance', () => {
    const { figures, wrong, verdicts } = calibrate(found(50.5), late([time(50)]));
    expect(figures[0]!.off).toBeCloseTo(0.5);
    expect(figures[0]!.reported).toBe(50.5);
    expect({ wrong, verdicts }).toEqual({ wrong: [], verdicts: 2 });
  });

  it('takes counts exactly', () => {
    const share = (is: number) => ({ figure: 'lost share', is, kind: 'count' }) as const;
    const { figures } = calibrate(found(50), late([share(0.25), share(0.26)]));
    expect(figures.map(({ off }) => off)).toEqual([0, 1000]);
  });

  it('may be of a difference: to another figure, or to the same of a server without the flaw', () => {
    const figure = 'notice_ms{cut:fin} max';
    const beyond = { figure, is: 20, kind: 'time', beyond: figure } as const;
    const { figures } = calibrate(found(21), late([beyond, { ...beyond, ofFlawless: true }]), found(1));
    expect(figures.map(({ reported }) => reported)).toEqual([0, 20]);
    expect(figures[1]!.off).toBe(0);
  });

  it('finds a bar that broke under another name', () => {
    expect(calibrate(found(50, { lost: 'fail' }), late([])).wrong).toEqual(['lost count == 0 is fail']);
  });

  it('leaves to the machine what a time is without the flaw, too', () => {
    const slow = (ms: number, verdict: 'pass' | 'fail'): Result => {
      const text = 'other_ms p(50) <= 0.2';
      return { ...found(50), bars: [...found(50).bars, bar({ text, verdict, actual: ms })] };
    };
    const wrong = ['other_ms p(50) <= 0.2 is fail'];
    expect(calibrate(slow(0.25, 'fail'), late([])).wrong).toEqual(wrong);
    expect(calibrate(slow(0.25, 'fail'), late([]), slow(0.19, 'pass')).wrong).toEqual([]);
    // A machine that breaks the bar by itself hides no flaw that adds to it.
    expect(calibrate(slow(9, 'fail'), late([]), slow(7, 'fail')).wrong).toEqual(wrong);
    expect(calibrate(slow(7.1, 'fail'), late([]), slow(7, 'fail')).wrong).toEqual([]);
    expect(calibrate(slow(0.6, 'fail'), late([]), slow(0.19, 'pass')).wrong).toEqual(wrong);
    // No time: counts are exact.
    const lost = found(50, { lost: 'fail' });
    expect(
      calibrate({ ...lost, bars: lost.bars.map((each) => ({ ...each, unit: '' })) }, late([]), found(1)).wrong,
    ).toHaveLength(1);
  });

  it('asks for the server without the flaw only where it matters', () => {
    expect(needsFlawless(found(50), late([time(50)]))).toBe(false);
    expect(needsFlawless(found(50, { lost: 'fail' }), late([time(50)]))).toBe(true);
    expect(needsFlawless(found(50), late([{ ...time(50), beyond: 'lost share', ofFlawless: true }]))).toBe(true);
  });

  it('finds a bar that did not break', () => {
    expect(calibrate(found(50, { notice: 'pass' }), late([])).wrong).toEqual(['notice_ms{cut:fin} p(99) <= 5 is pass']);
    expect(calibrate(found(50, { notice: 'inconclusive' }), late([])).wrong).toHaveLength(1);
  });

  it('makes nothing of what a busy machine left undecided', () => {
    const busy = { ...found(50, { notice: 'inconclusive' }), disturbance: 0.5 };
    expect(calibrate(busy, late([])).wrong).toEqual([]);
  });

  it('expects a bar without data to be undecided', () => {
    const expected = late([], { breaks: [], empties: ['notice_ms'] });
    expect(calibrate(found(1, { notice: 'inconclusive' }), expected).wrong).toEqual([]);
    expect(calibrate(found(1, { notice: 'pass' }), expected).wrong).toHaveLength(1);
  });

  it('without a figure is wrong', () => {
    const empty = {
      ...found(1),
      measures: [measure({ name: 'notice_ms', labels: { cut: 'fin' }, series: { kind: 'values', values: [] } })],
    };
    expect(calibrate(empty, late([time(5)])).wrong).toEqual(['no figure for notice_ms{cut:fin} p(50)']);
  });

  it('of what the scenario does not have is an error, not a pass', () => {
    expect(() => calibrate(found(1), late([{ ...time(1), figure: 'notise_ms max' }]))).toThrow(/nothing matches/);
    expect(() => calibrate(found(1), late([], { breaks: ['notice_ms{cut:rst}'] }))).toThrow(/no bar that begins/);
  });
});
