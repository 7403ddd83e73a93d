import { describe, expect, it } from 'vitest';
import { type Barred, overrideBars } from '../../src/gates/override.js';
import type { Measure } from '../../src/measures/measure.js';

const measure = (name: string): Measure => ({ name, title: name, unit: 'ms', better: 'lower', what: 'for tests' });
const scenarios: readonly Barred[] = [
  {
    name: 'one',
    measures: [measure('a_ms'), measure('b')],
    bars: ['a_ms{x:y} p(99) <= 5', 'a_ms p(50) < 1', 'b count == 0'],
  },
  { name: 'two-b', measures: [measure('b')], bars: [] },
];
const barsAfter = (...lines: string[]) => overrideBars(scenarios, lines).map(({ bars }) => bars);

describe('bars of one’s own', () => {
  it('take the place of the one on the same figure, whatever its limit, and leave the others', () => {
    expect(barsAfter('a_ms{x:y} p(99) < 50')[0]).toEqual(['a_ms p(50) < 1', 'b count == 0', 'a_ms{x:y} p(99) < 50']);
    expect(barsAfter('a_ms p(99) < 50')[0]).toHaveLength(4);
  });

  it('go to every scenario that records the figure, or to the one that is named', () => {
    expect(barsAfter('b count <= 3')).toEqual([expect.arrayContaining(['b count <= 3']), ['b count <= 3']]);
    expect(barsAfter('two-b: b count <= 3')).toEqual([scenarios[0]!.bars, ['b count <= 3']]);
  });

  it('of several on one figure the last one holds', () => {
    expect(barsAfter('two-b: b count <= 3', 'b count <= 4')[1]).toEqual(['b count <= 4']);
  });

  it.each([
    ['c count == 0', 'nobody here records c; there is a_ms, b'],
    ['two-b: a_ms p(99) < 1', 'nobody here records a_ms; there is b'],
    ['three: b count == 0', 'no scenario three'],
    ['b count = 0', 'expected one of < <= > >= =='],
  ])('%s is refused', (line, message) => {
    expect(() => overrideBars(scenarios, [line])).toThrow(message);
  });
});
