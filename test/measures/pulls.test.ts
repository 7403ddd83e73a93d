import { expect, it } from 'vitest';
import { pullRate, pullsWithin } from '../../src/measures/pulls.js';
import { pull } from '../support/cuts.js';

const ms = 1e6;
const totals = [pull('*', 100, 50), pull('a', 150, 9999), pull('*', 200, 80), pull('*', 300, 90)];

it('counts what the totals rose by in the window', () => {
  expect(pullsWithin(totals, 100 * ms, 300 * ms)).toBe(40);
  expect(pullsWithin(totals, 150 * ms, 250 * ms)).toBe(30);
});

it('finds that nothing was asked when the total stood still', () => {
  expect(pullsWithin(totals, 300 * ms, 900 * ms)).toBe(0);
});

it('does not take silence of the target for rest', () => {
  expect(pullsWithin([], 0, 900 * ms)).toBeNaN();
  expect(pullsWithin([pull('a', 5)], 0, 900 * ms)).toBeNaN();
  expect(pullRate([], 0, 900 * ms)).toBeNaN();
});

it('gives the rate in pulls a second', () => {
  expect(pullRate(totals, 100 * ms, 300 * ms)).toBe(200);
});
