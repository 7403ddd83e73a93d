import type { Series } from '../../measures/measure.js';
import { quantileOf, sizeOf } from '../../measures/series.js';
import { figure } from '../text.js';
import { escapeHtml } from './markup.js';

/** One line or row of a plot. */
export interface Trace {
  readonly name: string;
  /** Index of its colour, the same for a target throughout the page. */
  readonly colour: number;
  /** Index of its dashes: tells apart several series of one target. */
  readonly dash: number;
  readonly series: Series;
}

/** A percentile bar: at this percentile the curve should stay below `value`. */
export interface Limit {
  readonly percentile: number;
  readonly value: number;
}

export const width = 480;
const left = 52;
const right = 12;
const dashes = ['', '7 4', '2 3', '9 3 2 3'];
const colours = 8;

/** The same mark as in the plot, for its key. */
export function swatch({ colour, dash }: Trace): string {
  return `<svg aria-hidden="true"><path class="curve s${colour % colours}" ${dashed(dash)}d="M0 4H28"/></svg>`;
}

const dashed = (dash: number): string => {
  const pattern = dashes[dash % dashes.length]!;
  return pattern === '' ? '' : `stroke-dasharray="${pattern}" `;
};

/**
 * Distributions as percentile curves: to the right the tail, one grid line for each nine; upwards the figure, logarithmic where
 * nothing is zero or below. A curve ends where its samples do.
 */
export function percentilePlot(label: string, traces: readonly Trace[], limits: readonly Limit[]): string {
  const height = 240;
  const [top, bottom] = [10, height - 26];
  const nines = Math.max(1, ...traces.map(({ series }) => ninesOf(series)));
  const x = (percentile: number): number =>
    left + (Math.min(nines, -Math.log10(1 - percentile / 100)) / nines) * (width - left - right);
  const curves = traces.map((trace) => ({ trace, points: curve(trace.series) }));
  const shown = [
    ...curves.flatMap(({ points }) => points.map(({ value }) => value)),
    ...limits.map(({ value }) => value),
  ];
  const scale = scaleOf(Math.min(...shown), Math.max(...shown));
  const y = (value: number): number => bottom - scale.at(value) * (bottom - top);
  const parts = [
    ...scale.ticks.map(
      (tick) =>
        line('axis', left, y(tick), width - right, y(tick)) + label12(left - 6, y(tick) + 4, figure(tick), 'end'),
    ),
    ...[0, 50, 90, 99, 99.9, 99.99]
      .filter((percentile) => -Math.log10(1 - percentile / 100) <= nines)
      .map(
        (percentile) =>
          line('axis', x(percentile), top, x(percentile), bottom) +
          label12(x(percentile), height - 8, percentile === 0 ? 'min' : `p${percentile}`, 'middle'),
      ),
    ...curves.map(({ trace, points }) => {
      const places = points.map(({ percentile, value }): Place => [x(percentile), y(value)]);
      const d = straightened(places)
        .map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${round(px)} ${round(py)}`)
        .join('');
      return `<path class="curve s${trace.colour % colours}" ${dashed(trace.dash)}d="${d}"/>`;
    }),
    ...limits.map(({ percentile, value }) => {
      const from = Math.max(left, x(percentile) - 24);
      return (
        line('limit', from, y(value), Math.min(width - right, x(percentile) + 24), y(value)) +
        label12(from, y(value) - 4, `p${percentile} limit ${figure(value)}`, 'start', 'limit')
      );
    }),
  ];
  return svg(height, label, parts);
}

/** Rounds as dots on one scale from zero, the median as a bar; one row a trace. */
export function roundsPlot(label: string, traces: readonly Trace[]): string {
  const rowHeight = 26;
  const height = traces.length * rowHeight + 30;
  const bottom = height - 24;
  const all = traces.flatMap(({ series }) => (series.kind === 'values' ? series.values : []));
  const high = Math.max(0, ...all) || 1;
  const low = Math.min(0, ...all);
  const x = (value: number): number => left + ((value - low) / (high - low)) * (width - left - right - 8);
  const rows = traces.map(({ colour, series }, i) => {
    const y = 4 + rowHeight * (i + 0.5);
    const dots = (series.kind === 'values' ? series.values : []).map(
      (value) => `<circle class="s${colour % colours}" cx="${round(x(value))}" cy="${y}" r="4" fill-opacity=".55"/>`,
    );
    const median = round(x(quantileOf(series, 50)));
    return `${line('axis', left, y, width - right, y)}${dots.join('')}<path class="s${colour % colours}" stroke-width="3" d="M${median} ${y - 9}V${y + 9}"/>`;
  });
  const ticks = linearTicks(low, high).map(
    (tick) => line('axis', x(tick), 4, x(tick), bottom) + label12(x(tick), height - 8, figure(tick), 'middle'),
  );
  return svg(height, label, [...ticks, ...rows]);
}

interface Scale {
  readonly ticks: readonly number[];
  /** 0 at the bottom, 1 at the top. */
  at(value: number): number;
}

function scaleOf(low: number, high: number): Scale {
  if (low > 0 && high / low > 5) {
    const ticks = logTicks(low, high);
    const [from, to] = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)];
    return { ticks, at: (value) => (Math.log10(value) - from) / (to - from) };
  }
  const from = Math.min(0, low);
  const to = high > from ? high : from + 1;
  return { ticks: linearTicks(from, to), at: (value) => (value - from) / (to - from) };
}

/** The powers of ten around two positive numbers, two at least. */
export function logTicks(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.max(Math.ceil(Math.log10(high)), from + 1);
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** About five round numbers. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/** How far into the tail the samples reach: 1,000 of them see three nines. */
const ninesOf = (series: Series): number => Math.log10(Math.max(10, sizeOf(series)));

function curve(series: Series): { percentile: number; value: number }[] {
  const steps = 60;
  const quantile = quantiles(series);
  const points = Array.from({ length: steps + 1 }, (_, i) => {
    const percentile = 100 * (1 - 10 ** ((-ninesOf(series) * i) / steps));
    return { percentile, value: quantile(Math.max(percentile, 1e-6)) };
  });
  return points.filter(({ value }) => Number.isFinite(value));
}

/** As `quantileOf`, for many quantiles of one series: single figures are sorted once. */
function quantiles(series: Series): (p: number) => number {
  if (series.kind !== 'values') return (p) => quantileOf(series, p);
  const sorted = Float64Array.from(series.values).sort();
  return (p) => sorted[Math.max(1, Math.ceil((p / 100) * sorted.length - 1e-9)) - 1] ?? Number.NaN;
}

/** Pixels to the right, pixels down. */
type Place = readonly [x: number, y: number];

/** So far from the drawn line may a point lie that is left out, pixels: it could not be seen. */
const unseen = 0.5;

/** A line through fewer points (Ramer, Douglas, Peucker): a page holds thousands of curves. */
function straightened(points: readonly Place[]): readonly Place[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 3) return points;
  const slope = (last[1] - first[1]) / (last[0] - first[0] || 1);
  const off = ([x, y]: Place): number => Math.abs(y - first[1] - slope * (x - first[0]));
  let farthest = 0;
  for (let i = 1; i < points.length - 1; i++) if (off(points[i]!) > off(points[farthest]!)) farthest = i;
  if (off(points[farthest]!) <= unseen) return [first, last];
  return [...straightened(points.slice(0, farthest + 1)).slice(0, -1), ...straightened(points.slice(farthest))];
}

export const round = (value: number): number => Math.round(value * 10) / 10;

export const line = (kind: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<path class="${kind}" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`;

/** Where a label stands to its place; the style sheet has the classes, since a page holds thousands of labels. */
const anchors = { start: 'b', middle: '', end: 'e' } as const;

export function label12(x: number, y: number, text: string, anchor: keyof typeof anchors, kind = ''): string {
  const names = [kind, anchors[anchor]].filter((name) => name !== '').join(' ');
  return `<text ${names === '' ? '' : `class="${names}" `}x="${round(x)}" y="${round(y)}">${escapeHtml(text)}</text>`;
}

export const svg = (height: number, label: string, parts: readonly string[]): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${parts.join('')}</svg>`;
