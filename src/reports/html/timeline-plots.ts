import { figure } from '../text.js';
import { label12, line, linearTicks, logTicks, round, svg, width } from './plots.js';

/** One chain: its parts are laid end to end. */
export interface Row {
  readonly name: string;
  readonly parts: readonly { readonly colour: number; readonly length: number }[];
}

const left = 130;
const right = 12;

/** Rows of parts, on one scale from zero. */
export const bars = {
  swatch: (colour: number): string => `<svg aria-hidden="true"><rect class="s${colour}" width="28" height="8"/></svg>`,

  plot(label: string, rows: readonly Row[]): string {
    const rowHeight = 22;
    const height = rows.length * rowHeight + 30;
    const high = Math.max(...rows.map(({ parts }) => parts.reduce((sum, part) => sum + part.length, 0))) || 1;
    const x = (value: number): number => left + (value / high) * (width - left - right);
    const ticks = linearTicks(0, high).map(
      (tick) => line('axis', x(tick), 2, x(tick), height - 24) + label12(x(tick), height - 8, figure(tick), 'middle'),
    );
    const drawn = rows.map(({ name, parts }, i) => {
      const y = 4 + i * rowHeight;
      let at = 0;
      const boxes = parts.map(({ colour, length }) => {
        const from = x(at);
        at += length;
        return `<rect class="s${colour}" x="${round(from)}" y="${y}" width="${round(Math.max(0.5, x(at) - from))}" height="14"/>`;
      });
      return label12(left - 6, y + 11, name.length > 20 ? `${name.slice(0, 19)}…` : name, 'end') + boxes.join('');
    });
    return svg(height, label, [...ticks, ...drawn]);
  },
};

/** Waits in their order, milliseconds; the lists are of one length, `declared` may be shorter. */
export interface Waits {
  readonly name: string;
  readonly colour: number;
  readonly declared: readonly number[];
  readonly p1: readonly number[];
  readonly p50: readonly number[];
  readonly p99: readonly number[];
}

/** Below this a wait is drawn at the foot of the logarithmic scale, milliseconds. */
const lowest = 0.1;

export function waitPlot(label: string, traces: readonly Waits[]): string {
  const height = 240;
  const [begin, top, bottom] = [52, 10, height - 26];
  const count = Math.max(...traces.map(({ p50 }) => p50.length));
  const shown = traces.flatMap(({ declared, p99 }) => [...declared, ...p99]).filter((value) => value > 0);
  const ticks = logTicks(lowest, Math.max(1, ...shown));
  const [low, high] = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)];
  const y = (ms: number): number => bottom - ((Math.log10(Math.max(lowest, ms)) - low) / (high - low)) * (bottom - top);
  const step = (width - begin - right) / count;
  const x = (i: number, trace: number): number => begin + step * (i + (trace + 1) / (traces.length + 1));
  const axes = [
    ...ticks.map(
      (tick) =>
        line('axis', begin, y(tick), width - right, y(tick)) + label12(begin - 6, y(tick) + 4, figure(tick), 'end'),
    ),
    ...Array.from({ length: count }, (_, i) => i)
      .filter((i) => (i + 1) % Math.ceil(count / 12) === 0)
      .map((i) => label12(begin + step * (i + 0.5), height - 8, String(i + 1), 'middle')),
  ];
  const drawn = traces.flatMap(({ colour, declared, p1, p50, p99 }, trace) => [
    ...declared.map((ms, i) => line('declared', begin + step * (i + 0.08), y(ms), begin + step * (i + 0.92), y(ms))),
    ...p50.map((ms, i) => {
      const at = round(x(i, trace));
      return `<path class="s${colour}" d="M${at} ${round(y(p1[i]!))}V${round(y(p99[i]!))}"/><circle class="s${colour}" cx="${at}" cy="${round(y(ms))}" r="3"/>`;
    }),
  ]);
  return svg(height, label, [...axes, ...drawn]);
}
