import { describe, expect, it } from 'vitest';
import { calibrate, type Expectations, toleranceOf } from '../../src/measures/calibration.js';
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
