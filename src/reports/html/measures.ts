import { parseBar } from '../../gates/bars.js';
import { maxOf, quantileOf, sizeOf } from '../../measures/series.js';
import { bounded } from '../doubt.js';
import type { MeasureResult, Result, RunReport } from '../model.js';
import { figure } from '../text.js';
import { chainFigure } from './chain.js';
import { escapeHtml, htmlTable } from './markup.js';
import { type Limit, percentilePlot, roundsPlot, swatch, type Trace } from './plots.js';
import { timelineFigure } from './timeline.js';

/** With more observations than this a series is a distribution, else a handful of rounds. */
const roundsAtMost = 20;

/** Every measure of a scenario: a plot where there is something to draw, and always its table. Details are folded away. */
export function measuresOf(report: RunReport, scenario: string): string {
  const results = report.results.filter((result) => result.scenario === scenario);
  const measures = results.flatMap((result) => result.measures).filter(({ name }) => !drawnAsWhole.includes(name));
  const namesOf = (list: readonly MeasureResult[]): string[] => [...new Set(list.map(({ name }) => name))];
  const drawn = (names: readonly string[]): string =>
    names.length === 0
      ? ''
      : `<div class="measures">${names.map((name) => measureFigure(report, results, name)).join('')}</div>`;
  const details = drawn(namesOf(measures.filter(({ detail }) => detail === true)));
  const more = details === '' ? '' : `<details class="more"><summary>More measures</summary>${details}</details>`;
  const whole = chainFigure(report, results) + timelineFigure(report, results);
  return whole + drawn(namesOf(measures.filter(({ detail }) => detail !== true))) + more;
}

/** Many series that say something together: they have figures of their own. */
const drawnAsWhole = ['hop_ms', 'wait_ms', 'declared_wait_ms'];

function measureFigure(report: RunReport, results: readonly Result[], name: string): string {
  const found = results.flatMap(({ target, measures }) =>
    measures.filter((measure) => measure.name === name).map((measure) => ({ target, measure })),
  );
  const { title, unit, what, better } = found[0]!.measure;
  const labels = [...new Set(found.map(({ measure }) => labelOf(measure)))];
  const traces = found.map(
    ({ target, measure }): Trace => ({
      name: [target, labelOf(measure)].filter((part) => part !== '').join(', '),
      colour: report.targets.findIndex((each) => each.name === target),
      dash: labels.indexOf(labelOf(measure)),
      series: measure.series,
    }),
  );
  const caption = `${title}${unit === '' ? '' : `, ${unit}`}`;
  const counted = traces.every(({ series }) => series.kind === 'count');
  const head = counted ? ['', 'found', 'of'] : ['', 'p50', 'p99', 'max', 'samples'];
  const rows = found.map(({ measure }, i) => row(traces[i]!.name, measure));
  const table = htmlTable(escapeHtml(caption), head, rows) + doubts(found.map(({ measure }) => measure));
  const drawn = plot(`${caption}; the table holds the same figures`, traces, limitsOf(results, name));
  const key = traces.map((trace) => `<li>${swatch(trace)} ${escapeHtml(trace.name)}</li>`).join('');
  const body =
    drawn === '' ? table : `${drawn}<ul class="key">${key}</ul><details><summary>Table</summary>${table}</details>`;
  return `<figure><figcaption>${escapeHtml(caption)}<small>${escapeHtml(what)}; ${better} is better</small></figcaption>${body}</figure>`;
}

const labelOf = ({ labels }: MeasureResult): string => Object.values(labels).join(', ');

function plot(label: string, traces: readonly Trace[], limits: readonly Limit[]): string {
  const filled = traces.filter(({ series }) => series.kind !== 'count' && sizeOf(series) > 0);
  if (filled.length === 0) return '';
  const distribution = filled.some(({ series }) => series.kind === 'histogram' || sizeOf(series) > roundsAtMost);
  return distribution ? percentilePlot(label, filled, limits) : roundsPlot(label, filled);
}

/** Absolute percentile bars on this measure; the same one of several targets is drawn once. */
function limitsOf(results: readonly Result[], name: string): Limit[] {
  const texts = new Set(results.flatMap(({ bars }) => bars.map(({ text }) => text)));
  const limits = [...texts].flatMap((text) => {
    const bar = readable(text);
    if (bar?.measure !== name || bar.aggregate.percentile === null || bar.limit.kind !== 'absolute') return [];
    return [{ percentile: bar.aggregate.percentile, value: bar.limit.value }];
  });
  return limits.filter(
    (limit, i) => limits.findIndex((each) => each.percentile === limit.percentile && each.value === limit.value) === i,
  );
}

/** A bar of another version may not be readable here: then its line is missing, not the page. */
function readable(text: string): ReturnType<typeof parseBar> | null {
  try {
    return parseBar(text);
  } catch {
    return null;
  }
}

function row(name: string, measure: MeasureResult): string[] {
  const { series } = measure;
  const shown = (value: number): string => bounded(measure, value);
  const cells =
    series.kind === 'count'
      ? [series.of === 0 ? 'no data' : shown(series.count) + between(measure, 'share'), figure(series.of)]
      : [
          ...[50, 99].map((p) => shown(quantileOf(series, p)) + between(measure, `p${p}`)),
          measure.doubt === undefined ? figure(maxOf(series)) : shown(maxOf(series)), // of a histogram it is exact
          figure(sizeOf(series)),
        ];
  return [name, ...cells].map(escapeHtml);
}

/** Where the true figure lies with 95 % confidence; an open end is one that the samples do not bound. */
function between({ intervals }: MeasureResult, name: string): string {
  const ends = intervals?.[name];
  if (!ends || ends.every((end) => end === null)) return '';
  const unit = name === 'share' ? 100 : 1;
  const [low, high] = ends.map((end) => (end === null ? '' : figure(end * unit)));
  return ` (${low} … ${high}${unit === 1 ? '' : ' %'})`;
}

/** Why figures stand behind a sign. */
function doubts(measures: readonly MeasureResult[]): string {
  const reasons = [...new Set(measures.flatMap(({ doubt }) => (doubt === undefined ? [] : [doubt])))];
  return reasons.map((reason) => `<p class="faint">≥: ${escapeHtml(reason)}</p>`).join('');
}
