import type { Labels } from '../measures/measure.js';

/**
 * A threshold on a measure, as text.
 *
 * ```
 * bar       := measure selector? aggregate operator limit
 * selector  := '{' label ':' value (',' label ':' value)* '}'
 * aggregate := 'p(' number ')' | 'count' | 'share' | 'value' | 'mean' | 'min' | 'max'
 * operator  := '<' | '<=' | '>' | '>=' | '=='
 * limit     := number | number 'x' selector ('+' number)?
 * ```
 *
 * `notice_app_ms{cut:fin} p(99) < 5` · `false_aborts count == 0` · `bystander_ms{phase:during} p(99) <= 1.1x{phase:before}`
 *
 * The second form of a limit is a multiple of the same measure and aggregate under another selector, plus an absolute
 * allowance: a tenth of a figure that is itself next to nothing is no difference that anybody could feel.
 */
export interface Bar {
  readonly text: string;
  readonly measure: string;
  readonly selector: Labels;
  readonly aggregate: Aggregate;
  readonly operator: Operator;
  readonly limit: Limit;
}

/** `percentile` is in (0, 100) for `p`, else null. */
export interface Aggregate {
  readonly name: 'p' | 'count' | 'share' | 'value' | 'mean' | 'min' | 'max';
  readonly percentile: number | null;
}

export type Operator = '<' | '<=' | '>' | '>=' | '==';

export type Limit =
  | { readonly kind: 'absolute'; readonly value: number }
  | { readonly kind: 'relative'; readonly factor: number; readonly selector: Labels; readonly allowance: number };

/** The text of a bar is wrong, or names what does not exist. The message says where and what would be right. */
export class BarError extends Error {
  override readonly name = 'BarError';
}

/** A bar's selector matches none of the series that there are: a typing error in a label or its value. */
export class SelectorError extends BarError {}

/** @throws BarError */
export function parseBar(text: string): Bar {
  const reader = new Reader(text);
  const measure = reader.take(/[a-z][a-z0-9_]*/y, 'the name of a measure, such as notice_app_ms');
  const selector = readSelector(reader);
  const aggregate = readAggregate(reader);
  const operator = reader.take(/<=|>=|==|<|>/y, 'one of < <= > >= ==') as Operator;
  if (aggregate.percentile !== null && !operator.startsWith('<')) reader.fail('< or <=, which a percentile takes,');
  const limit = readLimit(reader);
  reader.end();
  return { text, measure, selector, aggregate, operator, limit };
}

const number = /-?\d+(\.\d+)?/y;

function readSelector(reader: Reader): Labels {
  const labels: Record<string, string> = {};
  if (!reader.maybe(/\{/y)) return labels;
  do {
    const name = reader.take(/[a-z][a-z0-9_-]*/y, 'a label, such as cut in {cut:fin}');
    reader.take(/:/y, "':' between label and value");
    labels[name] = reader.take(/[\w.+/-]+/y, `a value for the label ${name}`);
  } while (reader.maybe(/,/y));
  reader.take(/\}/y, "'}' at the end of the selector");
  return labels;
}

function readAggregate(reader: Reader): Aggregate {
  if (reader.maybe(/p\(/y)) {
    const percentile = Number(reader.take(number, 'a percentile, such as 99'));
    if (!(percentile > 0 && percentile < 100)) reader.fail('a percentile between 0 and 100');
    reader.take(/\)/y, "')' after the percentile");
    return { name: 'p', percentile };
  }
  const name = reader.take(/(count|share|value|mean|min|max)\b/y, 'one of p(…), count, share, value, mean, min, max');
  return { name: name as Aggregate['name'], percentile: null };
}

function readLimit(reader: Reader): Limit {
  const value = Number(reader.take(number, 'a number'));
  if (!reader.maybe(/x(?=\s*\{)/y)) return { kind: 'absolute', value };
  const selector = readSelector(reader);
  const allowance = reader.maybe(/\+/y) ? Number(reader.take(number, "a number after '+'")) : 0;
  return { kind: 'relative', factor: value, selector, allowance };
}

/** A cursor over the text that skips blanks and complains with a position. */
class Reader {
  #at = 0;
  #last = 0;

  constructor(readonly text: string) {}

  maybe(pattern: RegExp): string | null {
    while (this.text[this.#at] === ' ') this.#at++;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (!match) return null;
    this.#last = this.#at;
    this.#at += match[0].length;
    return match[0];
  }

  take(pattern: RegExp, expected: string): string {
    const found = this.maybe(pattern);
    if (found !== null) return found;
    this.#last = this.#at;
    return this.fail(expected);
  }

  end(): void {
    while (this.text[this.#at] === ' ') this.#at++;
    this.#last = this.#at;
    if (this.#at < this.text.length) this.fail('the end of the bar');
  }

  fail(expected: string): never {
    const found = this.text.slice(this.#last, this.#last + 16) || 'the end';
    throw new BarError(`bar ${JSON.stringify(this.text)}: expected ${expected} at ${this.#last + 1}, found ${found}`);
  }
}
