import { quantileOf, sizeOf } from '../../measures/series.js';
import { bounded } from '../doubt.js';
import type { MeasureResult, Result, RunReport } from '../model.js';
import { figure } from '../text.js';
import { escapeHtml, htmlTable } from './markup.js';
import { swatch } from './plots.js';
import { type Waits, waitPlot } from './timeline-plots.js';

/**
 * How long bodies with nothing to say were left alone, question by question, beside the schedule that their server declares.
 *
 * @returns an empty text where nothing of it was measured
 */
export function timelineFigure(report: RunReport, results: readonly Result[]): string {
  const traces = results.flatMap((result): (Waits & { observed: readonly MeasureResult[] })[] => {
    const observed = inOrder(result, 'wait_ms');
    if (observed.length === 0) return [];
    const colour = report.targets.findIndex(({ name }) => name === result.target);
    const declared = inOrder(result, 'declared_wait_ms').map(({ series }) => quantileOf(series, 50));
    const of = (p: number) => observed.map(({ series }) => quantileOf(series, p));
    return [{ name: result.target, colour, declared, observed, p1: of(1), p50: of(50), p99: of(99) }];
  });
  if (traces.length === 0) return '';
  const caption = 'waits between the questions to a silent application, ms';
  const rows = traces.flatMap(({ name, declared, observed, p50, p99 }) =>
    observed.map((measure, i) => [
      ...[`${name}, wait ${i + 1}`, figure(declared[i] ?? Number.NaN)],
      ...[p50[i]!, p99[i]!].map((wait) => bounded(measure, wait)),
    ]),
  );
  const key = traces.map(
    ({ name, colour }) => `<li>${swatch({ name, colour, dash: 0, series: nothing })} ${escapeHtml(name)}</li>`,
  );
  const table = htmlTable(
    escapeHtml(caption),
    ['', 'declared', 'p50', 'p99'],
    rows.map((row) => row.map(escapeHtml)),
  );
  return `<figure class="wide"><figcaption>Back-off against the declared schedule, ms<small>the n-th wait of silent bodies: median as a dot, p1 to p99 as a line, the declared wait as a bar across</small></figcaption>${waitPlot(`${caption}; the table holds the same figures`, traces)}<ul class="key">${key.join('')}</ul><details><summary>Table</summary>${table}</details></figure>`;
}

const nothing = { kind: 'values', values: [] } as const;

const inOrder = ({ measures }: Result, name: string): MeasureResult[] =>
  measures
    .filter((measure) => measure.name === name && sizeOf(measure.series) > 0)
    .sort((a, b) => Number(a.labels.n) - Number(b.labels.n));
