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
  expect(pullRate(totals, 300 * ms, 900 * ms)).toBe(0);
});

it('gives the same rate wherever the window begins and ends between two totals', () => {
  const steady = Array.from({ length: 12 }, (_, i) => pull('*', 100 * i, 40 * i));
  for (const [from, to] of [
    [201, 1001],
    [299, 1001],
    [201, 1099],
    [299, 1099],
  ] as const)
    expect(pullRate(steady, from * ms, to * ms)).toBeCloseTo(400, 6);
});

it('lets a total that stood still begin to rise in the window', () => {
  const still = [pull('*', 100, 50), pull('*', 5100, 90), pull('*', 5200, 130)];
  expect(pullRate(still, 5000 * ms, 5200 * ms)).toBeCloseTo(80 / 0.35, 6);
});

it('counts the silence behind the last pull of the window', () => {
  const once = [pull('*', 100, 50), pull('*', 200, 51)];
  expect(pullRate(once, 100 * ms, 1100 * ms)).toBeCloseTo(1, 6);
});
