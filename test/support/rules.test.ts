import { expect, it } from 'vitest';
import { Coverage, proofOf, RULES, rulesOf } from './rules.js';
import { skippedLines } from './skipped.js';

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

it('an engine that is not there lacks nothing, and is given no proof', () => {
  const coverage = new Coverage(['node']);
  for (let rule = 1; rule < RULES; rule++) coverage.add(`rule ${rule}: on whatever engine`);
  coverage.add(`x, native engine > rule ${RULES}: y`);
  expect(coverage.missing()).toEqual([RULES]);
  expect(coverage.count(1, 'native')).toBe(0);
  expect(coverage.table()).toMatch(/^ +1 {7}– {7}1/m);
});

it('what was skipped is told by reason and file', () => {
  expect(skippedLines([])).toEqual([]);
  const skips = [
    { file: 'b.test.ts', why: 'no addon' },
    { file: 'a.test.ts', why: 'no addon' },
    { file: 'b.test.ts', why: 'no addon' },
    { file: 'c.test.ts', why: null },
  ];
  expect(skippedLines(skips)).toEqual([
    'Tests that were skipped: 4',
    '  no addon: a.test.ts (1), b.test.ts (2)',
    '  without a note: c.test.ts (1)',
  ]);
});
