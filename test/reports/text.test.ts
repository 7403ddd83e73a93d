import { describe, expect, it } from 'vitest';
import { figure, palette, plural, table, wrap } from '../../src/reports/text.js';

describe('figures as text', () => {
  it.each([
    [0, '0'],
    [61234.4, '61,234'],
    [8.0749, '8.07'],
    [0.12345, '0.12'],
    [-0.5, '-0.5'],
    [Number.NaN, '–'],
  ])('%f is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('counts in words', () => {
    expect([plural(1, 'bar'), plural(2, 'bar')]).toEqual(['1 bar', '2 bars']);
  });
});

describe('a table', () => {
  it('aligns its columns, colour or not', () => {
    const { bad } = palette(true);
    const lines = table([
      ['a', '1'],
      ['long', bad('100')],
    ]);
    expect(lines[0]).toBe('a       1');
    expect(lines[1]).toBe(`long  ${bad('100')}`);
  });

  it('takes rows that are short', () => {
    expect(table([['a'], ['b', 'c']])).toEqual(['a', 'b  c']);
  });
});

describe('running text', () => {
  it('breaks at blanks, and indents what follows', () => {
    expect(wrap('one two three four', 12)).toEqual(['  one two', '    three', '    four']);
  });

  it('leaves a word alone that is longer than the line', () => {
    expect(wrap('a-very-long-word', 5)).toEqual(['  a-very-long-word']);
  });
});
