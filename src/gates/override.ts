import type { Measure } from '../measures/measure.js';
import { type Bar, BarError, parseBar } from './bars.js';

/** What bars can be given to: a scenario, as far as that is concerned. */
export interface Barred {
  readonly name: string;
  readonly measures: readonly Measure[];
  readonly bars: readonly string[];
}

/**
 * Bars of one's own in the place of a scenario's. `BAR` goes to every scenario that records its measure, `SCENARIO: BAR` to that
 * one. It replaces the bars on the same measure, selector and aggregate; where there is none, it is added.
 *
 * @throws BarError for a text that is none, or fits no scenario: it must not be without effect in silence
 */
export function overrideBars<S extends Barred>(scenarios: readonly S[], lines: readonly string[]): S[] {
  return lines.reduce((all, line) => withBar(all, line), [...scenarios]);
}

function withBar<S extends Barred>(scenarios: readonly S[], line: string): S[] {
  const [, only, text = ''] = /^(?:([a-z][a-z0-9-]*):\s+)?(.*)$/s.exec(line.trim())!;
  const bar = parseBar(text);
  const fits = ({ name, measures }: S): boolean =>
    (only === undefined || name === only) && measures.some((measure) => measure.name === bar.measure);
  if (!scenarios.some(fits)) throw new BarError(complaint(scenarios, bar, only));
  return scenarios.map((scenario) => {
    if (!fits(scenario)) return scenario;
    const others = scenario.bars.filter((each) => !sameSubject(parseBar(each), bar));
    return { ...scenario, bars: [...others, text] };
  });
}

function complaint(scenarios: readonly Barred[], bar: Bar, only: string | undefined): string {
  const chosen = scenarios.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) return `bar ${JSON.stringify(bar.text)}: no scenario ${only} among those chosen`;
  const known = [...new Set(chosen.flatMap(({ measures }) => measures.map(({ name }) => name)))];
  return `bar ${JSON.stringify(bar.text)}: nobody here records ${bar.measure}; there is ${known.join(', ')}`;
}

const sameSubject = (a: Bar, b: Bar): boolean => JSON.stringify(subject(a)) === JSON.stringify(subject(b));
const subject = ({ measure, selector, aggregate }: Bar) => [measure, Object.entries(selector).sort(), aggregate];
