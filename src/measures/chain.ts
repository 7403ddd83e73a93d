import type { ProbeEvent } from '../probes/event.js';
import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const hopMs: Measure = {
  name: 'hop_ms',
  title: 'hop of the chain of a cut',
  detail: true,
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'the chain of a cut, hop by hop: client’s system call → server’s kernel → runtime → application → body released',
};

/** In the order in which the news travels. */
export const hops = ['cut-kernel', 'kernel-runtime', 'runtime-app', 'kernel-app', 'app-released'] as const;
export type Hop = (typeof hops)[number];

/**
 * How long each hop took, for each cut whose receipt is good and that was noticed.
 *
 * On loopback the server's kernel has the FIN or RST when the client's system call returns, so that call is the first
 * hop. Where a target tells when its runtime knew (`runtime` of its `gone` event), the way to the application is split
 * there; otherwise it is one hop, `kernel-app`.
 */
export function chainOf(
  samples: readonly CutSample[],
  events: readonly ProbeEvent[],
): Readonly<Record<Hop, readonly number[]>> {
  const gone = new Map<string, ProbeEvent & { event: 'gone' }>();
  const closed = new Map<string, number>();
  for (const event of events) {
    if (event.event === 'gone' && !gone.has(event.tag)) gone.set(event.tag, event);
    if (event.event === 'closed' && !closed.has(event.tag)) closed.set(event.tag, event.t);
  }
  const found: Record<Hop, number[]> = {
    'cut-kernel': [],
    'kernel-runtime': [],
    'runtime-app': [],
    'kernel-app': [],
    'app-released': [],
  };
  for (const { receipt, beforeNs, afterNs, tag } of samples) {
    const told = gone.get(tag);
    if (!receipt.ok || beforeNs === null || afterNs === null || !told || told.t < beforeNs) continue;
    // Another core may act on the FIN before the client's call has returned.
    const kernel = Math.min(afterNs, told.runtime ?? told.t);
    found['cut-kernel'].push((kernel - beforeNs) / 1e6);
    if (told.runtime === undefined) found['kernel-app'].push((told.t - kernel) / 1e6);
    else {
      found['kernel-runtime'].push((told.runtime - kernel) / 1e6);
      found['runtime-app'].push((told.t - told.runtime) / 1e6);
    }
    const released = closed.get(tag);
    if (released !== undefined && released >= told.t) found['app-released'].push((released - told.t) / 1e6);
  }
  return found;
}
