import { describe, expect, it } from 'vitest';
import { BarError, parseBar } from '../../src/gates/bars.js';

describe('parsing a bar', () => {
  it('reads measure, selector, percentile, operator and limit', () => {
    expect(parseBar('notice_app_ms{cut:fin,phase:idle} p(99.9) < 5')).toMatchObject({
      measure: 'notice_app_ms',
      selector: { cut: 'fin', phase: 'idle' },
      aggregate: { name: 'p', percentile: 99.9 },
      operator: '<',
      limit: { kind: 'absolute', value: 5 },
    });
  });

  it('does without a selector', () => {
    expect(parseBar('false_aborts count == 0')).toMatchObject({
      selector: {},
      aggregate: { name: 'count', percentile: null },
      operator: '==',
    });
  });

  it('reads a multiple of the same figure under another selector, with an allowance', () => {
    expect(parseBar('bystander_ms{phase:during} p(99) <= 1.1x{phase:before} + 0.1').limit).toEqual({
      kind: 'relative',
      factor: 1.1,
      selector: { phase: 'before' },
      allowance: 0.1,
    });
    expect(parseBar('a{p:d} mean < 2x{p:b}').limit).toMatchObject({ factor: 2, allowance: 0 });
  });

  it('does not care for blanks', () => {
    expect(parseBar('  a  {  b : c  }  p( 50 )  <=  -1.5 ')).toMatchObject({
      selector: { b: 'c' },
      limit: { kind: 'absolute', value: -1.5 },
    });
  });

  it.each([
    ['', 'the name of a measure'],
    ['Notice p(99) < 5', 'the name of a measure'],
    ['notice p(99) < ', 'a number at 16, found the end'],
    ['notice p(99) 5', 'one of < <= > >= =='],
    ['notice p99 < 5', 'one of p(…), count, share'],
    ['notice p(100) < 5', 'a percentile between 0 and 100'],
    ['notice p(99 < 5', "')' after the percentile"],
    ['notice{cut} p(99) < 5', "':' between label and value"],
    ['notice{cut:fin p(99) < 5', "'}' at the end of the selector"],
    ['notice{} p(99) < 5', 'a label, such as cut'],
    ['notice p(99) < 5 ms', 'the end of the bar'],
    ['notice p(99) >= 5', '< or <=, which a percentile takes'],
    ['notice counts == 0', 'one of p(…), count, share'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseBar(text)).toThrow(BarError);
    expect(() => parseBar(text)).toThrow(message);
  });
});
