import { expect, it } from 'vitest';
import { chainOf } from '../../src/measures/chain.js';
import { closed, cut, gone } from '../support/cuts.js';

const took = (tag: string, before: number, after: number) => ({ ...cut(tag, before), afterNs: after * 1e6 });

it('follows the news hop by hop', () => {
  const found = chainOf([took('a', 10, 10.5)], [gone('a', 12), closed('a', 15)]);
  expect(found).toEqual({
    'cut-kernel': [0.5],
    'kernel-runtime': [],
    'runtime-app': [],
    'kernel-app': [1.5],
    'app-released': [3],
  });
});

it('splits the way to the application where the target tells when its runtime knew', () => {
  const found = chainOf([took('a', 10, 10.5)], [{ ...gone('a', 12), runtime: 11e6 } as ReturnType<typeof gone>]);
  expect(found).toMatchObject({ 'kernel-runtime': [0.5], 'runtime-app': [1], 'kernel-app': [] });
});

it('never has a hop below zero: another core may act before the client’s call has returned', () => {
  const found = chainOf([took('a', 10, 13)], [gone('a', 12)]);
  expect(found).toMatchObject({ 'cut-kernel': [2], 'kernel-app': [0] });
});

it('leaves out what has no receipt, was not noticed, or was noticed before the cut', () => {
  const samples = [cut('a', 10, { ok: false }), cut('b', 10), cut('c', 10)];
  const found = chainOf(samples, [gone('a', 11), gone('c', 9)]);
  expect(Object.values(found).flat()).toEqual([]);
});

it('does not take a release before the notice for a hop', () => {
  expect(chainOf([cut('a', 10)], [gone('a', 12), closed('a', 11)])['app-released']).toEqual([]);
});
