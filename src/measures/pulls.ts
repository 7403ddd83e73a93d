import type { ProbeEvent } from '../probes/event.js';
import type { Measure } from './measure.js';

type PullEvent = Extract<ProbeEvent, { event: 'pull' }>;

export const pullsPerSecond: Measure = {
  name: 'pulls_per_second',
  title: 'pulls of silent applications',
  unit: '/s',
  better: 'lower',
  what: 'how often the server asks applications that have nothing to say, all together',
};

export const pullExcess: Measure = {
  name: 'pull_excess',
  title: 'pulls, observed ÷ declared',
  unit: 'x',
  better: 'lower',
  what: 'the same as a multiple of what the declared back-off schedule asks for at its cap',
};

export const latePulls: Measure = {
  name: 'late_pulls',
  title: 'chunks asked of full queues',
  unit: 'chunks',
  better: 'lower',
  timed: true, // a server that gets its core late fills its queues late
  what: 'chunks asked of producers whose readers had been stalled for a while: the queue should be full',
};

/** A total that has risen is told so often, and a little later. */
const toldEveryNs = 150e6;

/**
 * Rate of the totals that a target tells (tag `*`) within a window: from the last one before it to the last one in it, at the times at
 * which they were told, so that their resolution is no error of the rate.
 *
 * @returns pulls a second; 0 when the total was told before the window and did not rise in it; NaN when no total was told
 */
export function pullRate(events: readonly ProbeEvent[], fromNs: number, toNs: number): number {
  const last = totalAt(events, toNs);
  if (last === null) return Number.NaN;
  const first = totalAt(events, fromNs);
  // A total that stands still is not told again: what rose before or after that did so at the window's edge.
  const sinceNs = first === null ? fromNs : Math.max(first.t, fromNs - toldEveryNs);
  const untilNs = toNs - last.t > toldEveryNs ? toNs : last.t;
  const rose = last.pulls - (first?.pulls ?? 0);
  return rose === 0 ? 0 : rose / ((untilNs - sinceNs) / 1e9);
}

/** How many pulls took place in the window, to the resolution of the totals. NaN when no total was told by its end. */
export function pullsWithin(events: readonly ProbeEvent[], fromNs: number, toNs: number): number {
  const atEnd = totalAt(events, toNs);
  return atEnd === null ? Number.NaN : atEnd.pulls - (totalAt(events, fromNs)?.pulls ?? 0);
}

function totalAt(events: readonly ProbeEvent[], t: number): PullEvent | null {
  const last = events.findLast((event) => event.event === 'pull' && event.tag === '*' && event.t <= t);
  return last?.event === 'pull' ? last : null;
}
