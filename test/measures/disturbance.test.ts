import { expect, it } from 'vitest';
import { excusable, foreignShare } from '../../src/measures/disturbance.js';

it.each([
  ['nobody else', { windowNs: 1000, busyNs: 300, ownNs: 300 }, 0],
  ['somebody else', { windowNs: 1000, busyNs: 700, ownNs: 300 }, 0.4],
  ['less than our own, by coarse clocks', { windowNs: 1000, busyNs: 290, ownNs: 300 }, 0],
  ['more than there was, by coarse clocks', { windowNs: 1000, busyNs: 1200, ownNs: 0 }, 1],
])('with %s', (_name, use, share) => {
  expect(foreignShare(use)).toBeCloseTo(share);
});

it('explains late samples: those of its time, and as many behind them', () => {
  expect([excusable(0, 1000), excusable(0.03, 1000), excusable(0.0001, 10)]).toEqual([0, 60, 1]);
});

it('is not known without a window, or when the server’s CPU is not', () => {
  expect(foreignShare({ windowNs: 0, busyNs: 1, ownNs: 1 })).toBeNaN();
  expect(foreignShare({ windowNs: 9, busyNs: 1, ownNs: Number.NaN })).toBeNaN();
});
