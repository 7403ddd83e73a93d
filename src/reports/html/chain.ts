import { quantileOf, sizeOf } from '../../measures/series.js';
import { bounded } from '../doubt.js';
import type { MeasureResult, Result, RunReport } from '../model.js';
import { escapeHtml, htmlTable } from './markup.js';
import { bars, type Row } from './timeline-plots.js';

/** Stations of the news that a client is gone, and the hops between them as `hop_ms` labels them. */
const stations: readonly { readonly hops: readonly string[]; readonly to: string }[] = [
  { hops: ['cut-kernel'], to: 'kernel' },
  { hops: ['kernel-runtime'], to: 'runtime' },
  { hops: ['runtime-app', 'kernel-app'], to: 'application' },
  { hops: ['app-released'], to: 'released' },
];

/**
 * The chain of a cut, hop by hop, each hop beginning where the median of the one before ended: one row for each cut and target.
 * A target that does not tell when its runtime knew has one hop from kernel to application.
 *
 * @returns an empty text where nothing of it was measured
 */
export function chainFigure(report: RunReport, results: readonly Result[]): string {
  const rows = results.flatMap((result) => {
    const found = result.measures.filter(({ name, series }) => name === 'hop_ms' && sizeOf(series) > 0);
    const cuts = [...new Set(found.map(cutOf))];
    return cuts.map((cut) =>
      chainRow(
        report,
        result.target,
        cut,
        found.filter((each) => cutOf(each) === cut),
      ),
    );
  });
  if (rows.length === 0) return '';
  const caption = 'the chain of a cut, hop by hop, ms';
  const head = ['', ...stations.map(({ to }) => `→ ${to}, p50 / p99`)];
  const key = stations.map(({ to }, i) => `<li>${bars.swatch(i)} → ${escapeHtml(to)}</li>`).join('');
  const table = htmlTable(
    escapeHtml(caption),
    head,
    rows.map(({ cells }) => cells.map(escapeHtml)),
  );
  return `<figure class="wide"><figcaption>The chain of a cut, ms<small>from the client’s system call to the release of the body; medians laid end to end</small></figcaption>${bars.plot(`${caption}; the table holds the same figures`, rows)}<ul class="key">${key}</ul><details><summary>Table</summary>${table}</details></figure>`;
}

const cutOf = ({ labels }: MeasureResult): string =>
  Object.entries(labels)
    .filter(([label]) => label !== 'hop')
    .map(([, value]) => value)
    .join(', ');

function chainRow(
  report: RunReport,
  target: string,
  cut: string,
  found: readonly MeasureResult[],
): Row & { cells: string[] } {
  const several = report.targets.length > 1;
  const name = [several ? target : '', cut].filter((part) => part !== '').join(', ') || target;
  const hops = stations.map(({ hops: names }) => found.find(({ labels }) => names.includes(labels.hop ?? '')));
  const cells = hops.map((hop) =>
    hop ? `${bounded(hop, quantileOf(hop.series, 50))} / ${bounded(hop, quantileOf(hop.series, 99))}` : 'not told',
  );
  const parts = hops.flatMap((hop, colour) =>
    hop ? [{ colour, length: Math.max(0, quantileOf(hop.series, 50)) }] : [],
  );
  return { name, parts, cells: [name, ...cells] };
}
