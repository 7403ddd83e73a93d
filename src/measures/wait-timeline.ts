import type { ProbeEvent } from '../probes/event.js';
import type { Measure } from './measure.js';

export const waitMs: Measure = {
  name: 'wait_ms',
  title: 'wait before the n-th question',
  detail: true,
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'how long a body with nothing to say was left alone after its n-th empty chunk in a row: labels {n: 1, 2, …}',
};

export const declaredWaitMs: Measure = {
  name: 'declared_wait_ms',
  title: 'declared wait before the n-th question',
  detail: true,
  unit: 'ms',
  better: 'lower',
  what: 'the same as the target’s schedule declares it',
};

/** Beyond this the schedule has long been at its cap. */
const mostWaits = 24;

/**
 * Waits by their place in the row: the first one of every body, the second one, and so on.
 *
 * @param events needs a `pull` event for each pull
 * @returns at index n − 1: milliseconds, one figure a body that waited so often
 */
export function waitsInOrder(events: readonly ProbeEvent[]): readonly (readonly number[])[] {
  const last = new Map<string, { readonly t: number; readonly pulls: number }>();
  const waits: number[][] = [];
  for (const event of events) {
    if (event.event !== 'pull' || event.tag === '*') continue;
    const before = last.get(event.tag);
    const n = (before?.pulls ?? 0) + 1;
    last.set(event.tag, { t: event.t, pulls: n });
    if (!before || n - 1 > mostWaits) continue;
    waits[n - 2] ??= [];
    waits[n - 2]!.push((event.t - before.t) / 1e6);
  }
  return waits;
}
