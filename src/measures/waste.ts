import type { ProbeEvent } from '../probes/event.js';
import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const undetectedPulls: Measure = {
  name: 'undetected_pulls',
  title: 'chunks made before the notice',
  unit: 'chunks per cut',
  better: 'lower',
  what: 'chunks asked of the application after the cut, before it was told: the server’s waste',
};

export const ignoredPulls: Measure = {
  name: 'ignored_pulls',
  title: 'chunks made after the notice',
  detail: true,
  unit: 'chunks per cut',
  better: 'lower',
  what: 'chunks asked of the application after it had been told that its client is gone',
};

export const wastedCpuMs: Measure = {
  name: 'wasted_cpu_ms',
  title: 'server CPU for clients that have left',
  unit: 'ms a second',
  better: 'lower',
  timed: true,
  what: 'CPU that the server goes on using when all its clients have left, beyond what it used at rest before they came',
};

/** CPU time of a server over a span, both in nanoseconds. */
export interface CpuSpan {
  readonly cpuNs: number;
  readonly ns: number;
}

/** @returns CPU of the later span beyond that of the earlier one, milliseconds a second, ≥ 0; NaN where it is not known */
export function wastedMsPerS(atRest: CpuSpan, after: CpuSpan): number {
  return 1000 * Math.max(0, after.cpuNs / after.ns - atRest.cpuNs / atRest.ns);
}

export interface Waste {
  /** One figure for each cut with a receipt. */
  readonly undetected: readonly number[];
  /** One figure for each cut that was noticed. */
  readonly ignored: readonly number[];
}

/** Work for nobody, split at the moment the application learned. Needs a `pull` event for each pull. */
export function wasteAfterCut(samples: readonly CutSample[], events: readonly ProbeEvent[]): Waste {
  const gone = new Map<string, number>();
  const pulls = new Map<string, number[]>();
  for (const event of events) {
    if (event.event === 'gone' && !gone.has(event.tag)) gone.set(event.tag, event.t);
    if (event.event !== 'pull' || event.tag === '*') continue;
    const times = pulls.get(event.tag);
    if (times) times.push(event.t);
    else pulls.set(event.tag, [event.t]);
  }
  const undetected: number[] = [];
  const ignored: number[] = [];
  for (const { receipt, beforeNs, tag } of samples) {
    if (!receipt.ok || beforeNs === null) continue;
    const told = gone.get(tag);
    const times = pulls.get(tag) ?? [];
    undetected.push(times.filter((t) => t > beforeNs && (told === undefined || t < told)).length);
    if (told !== undefined) ignored.push(times.filter((t) => t > told).length);
  }
  return { undetected, ignored };
}
