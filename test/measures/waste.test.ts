import { expect, it } from 'vitest';
import { wasteAfterCut, wastedMsPerS } from '../../src/measures/waste.js';
import { cut, gone, pull } from '../support/cuts.js';

it('splits what was made for nobody at the moment the application learned', () => {
  const events = [pull('a', 9), pull('a', 11), pull('a', 12), gone('a', 13), pull('a', 14), pull('*', 12)];
  expect(wasteAfterCut([cut('a', 10)], events)).toEqual({ undetected: [2], ignored: [1] });
});

it('calls everything undetected when the application never learned', () => {
  expect(wasteAfterCut([cut('a', 10)], [pull('a', 11), pull('a', 50)])).toEqual({ undetected: [2], ignored: [] });
});

it('has no figure for a cut that did not take place', () => {
  expect(wasteAfterCut([cut('a', 10, { ok: false })], [pull('a', 11)])).toEqual({ undetected: [], ignored: [] });
});

it('counts the CPU beyond that at rest, whatever the lengths of the spans', () => {
  expect(wastedMsPerS({ cpuNs: 1e6, ns: 1e8 }, { cpuNs: 12e6, ns: 2e8 })).toBeCloseTo(50);
  expect(wastedMsPerS({ cpuNs: 5e6, ns: 1e8 }, { cpuNs: 1e6, ns: 1e8 })).toBe(0);
  expect(wastedMsPerS({ cpuNs: Number.NaN, ns: 1e8 }, { cpuNs: 1e6, ns: 1e8 })).toBeNaN();
});
