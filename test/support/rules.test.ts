import { expect, it } from 'vitest';
import { Coverage, proofOf, RULES, rulesOf } from './rules.js';

it.each([
  ['rule 13: an empty chunk sends no bytes', [13]],
  ['rules 3, 23: HEAD', [3, 23]],
  ['rules 1 to 3: close()', [1, 2, 3]],
  ['rules 5 and 12: write()', [5, 12]],
  ['no rule at all', []],
  ['rule 38 is none', []],
])('%s', (name, rules) => {
  expect(rulesOf(name)).toEqual(rules);
});

it('a name tells engine and style', () => {
  expect(proofOf('chunks, native engine > rule 12: an async body')).toEqual({
    rules: [12],
    engines: ['native'],
    styles: ['async'],
  });
});

it('a rule is missing until each engine has a test', () => {
  const coverage = new Coverage();
  for (let rule = 1; rule <= RULES; rule++) coverage.add(`x, node engine > rule ${rule}: y`);
  expect(coverage.missing()).toHaveLength(RULES);
  for (let rule = 2; rule <= RULES; rule++) coverage.add(`x, native engine > rule ${rule}: y`);
  expect(coverage.missing()).toEqual([1]);
});
