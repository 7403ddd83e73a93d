import { samplesNeeded } from '../gates/evaluate.js';
import { quantileOf, sizeOf } from '../measures/series.js';
import { bounded } from './doubt.js';
import type { MeasureResult, Result, RunReport } from './model.js';
import { figure, type Palette, table } from './text.js';

/** With more observations than this a series is a distribution, else a handful of rounds. */
const roundsAtMost = 20;

/** Every measure of every scenario, one column a target. Distributions as median and 99th percentile. */
export function figures(report: RunReport, paint: Palette): string[] {
  const rows: string[][] = [];
  for (const { name } of report.scenarios) {
    const results = report.results.filter(({ scenario }) => scenario === name);
    series(results).forEach((key, i) => {
      const cells = report.targets.map((target) => {
        const measure = find(results, target.name, key);
        if (!measure) return paint.faint('–');
        return cell(measure) + paint.faint(besideControl(report, results, target.name, key, measure));
      });
      rows.push([paint.strong(i === 0 ? name : ''), titled(results, key), ...cells]);
    });
  }
  if (rows.length === 0) return [];
  const header = ['', '', ...report.targets.map(({ name }) => name)].map(paint.faint);
  return table([header, ...rows], 2);
}

type Key = string;
const keyOf = ({ name, labels }: MeasureResult): Key => JSON.stringify([name, labels]);

function series(results: readonly Result[]): Key[] {
  return [...new Set(results.flatMap(({ measures }) => measures.filter(({ detail }) => !detail).map(keyOf)))];
}

function find(results: readonly Result[], target: string, key: Key): MeasureResult | undefined {
  return results.find((result) => result.target === target)?.measures.find((measure) => keyOf(measure) === key);
}

function titled(results: readonly Result[], key: Key): string {
  const measure = results.flatMap(({ measures }) => measures).find((each) => keyOf(each) === key)!;
  const labels = Object.values(measure.labels).join(', ');
  const spread = isDistribution(measure) ? ', p50 / p99' : '';
  const unit = measure.series.kind === 'count' || measure.unit === '' ? '' : `, ${measure.unit}`;
  return `${measure.title}${labels === '' ? '' : ` (${labels})`}${spread}${unit}`;
}

const isDistribution = ({ series }: MeasureResult): boolean =>
  series.kind === 'histogram' || (series.kind === 'values' && series.values.length > roundsAtMost);

function cell(measure: MeasureResult): string {
  const { series } = measure;
  if (series.kind === 'count')
    return series.of === 0 ? 'no data' : `${bounded(measure, series.count)} of ${figure(series.of)}`;
  if (sizeOf(series) === 0) return 'no data';
  if (!isDistribution(measure)) return bounded(measure, quantileOf(series, 50));
  const enough = sizeOf(series) >= samplesNeeded(99);
  return `${bounded(measure, quantileOf(series, 50))} / ${enough ? bounded(measure, quantileOf(series, 99)) : `? (${sizeOf(series)} samples)`}`;
}

/** Throughput and its cost mean something beside the control's, measured in turn in the same run. */
function besideControl(
  report: RunReport,
  results: readonly Result[],
  target: string,
  key: Key,
  measure: MeasureResult,
): string {
  const control = report.targets.find(({ role }) => role === 'control')?.name;
  const group = report.scenarios.find(({ name }) => name === results[0]?.scenario)?.group;
  if (control === undefined || control === target || group !== 'throughput' || measure.series.kind !== 'values')
    return '';
  const other = find(results, control, key);
  if (!other) return '';
  const ratio = quantileOf(measure.series, 50) / quantileOf(other.series, 50);
  return Number.isFinite(ratio) ? ` ×${ratio.toFixed(2)}` : '';
}
