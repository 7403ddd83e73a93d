import type { ProbeEvent } from '../probes/event.js';
import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const releasesWrong: Measure = {
  name: 'releases_wrong',
  title: 'bodies not released exactly once',
  unit: 'bodies',
  better: 'lower',
  what: 'response bodies of clients that left which were never released (a leak), or more than once',
};

export const queuedStarted: Measure = {
  name: 'queued_started',
  title: 'queued requests begun for nobody',
  unit: 'requests',
  better: 'lower',
  what: 'requests that stood behind another one and were begun after their client had left',
};

export interface Releases {
  readonly wrong: number;
  readonly of: number;
}

/** Of the bodies that were begun for the clients of these samples: how many were not released exactly once. */
export function releases(samples: readonly Pick<CutSample, 'tag'>[], events: readonly ProbeEvent[]): Releases {
  const begun = countByTag(events, 'request');
  const closed = countByTag(events, 'closed');
  const tags = [...new Set(samples.map(({ tag }) => tag))].filter((tag) => begun.has(tag));
  return { wrong: tags.filter((tag) => closed.get(tag) !== begun.get(tag)).length, of: tags.length };
}

/** How many requests of one tag, after the first, were begun after that tag's client had left. */
export function begunAfterCut(samples: readonly CutSample[], events: readonly ProbeEvent[]): Releases {
  const cuts = new Map(
    samples.flatMap(({ receipt, tag, afterNs }) => (receipt.ok && afterNs !== null ? [[tag, afterNs]] : [])),
  );
  const late = events.filter((event) => event.event === 'request' && event.t > (cuts.get(event.tag) ?? Infinity));
  return { wrong: late.length, of: cuts.size };
}

function countByTag(events: readonly ProbeEvent[], name: 'request' | 'closed'): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) if (event.event === name) counts.set(event.tag, (counts.get(event.tag) ?? 0) + 1);
  return counts;
}
