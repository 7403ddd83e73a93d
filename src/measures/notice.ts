import type { Action } from '../faults/fault.js';
import type { ProbeEvent } from '../probes/event.js';
import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const noticeAppMs: Measure = {
  name: 'notice_app_ms',
  title: 'notice at the application',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'from the client’s cut to the moment the application learns of it',
};

export const releaseMs: Measure = {
  name: 'release_ms',
  title: 'release of the body',
  detail: true,
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'from the client’s cut to the release of the response body',
};

export const unnoticed: Measure = {
  name: 'unnoticed',
  title: 'cuts never noticed',
  unit: 'cuts',
  better: 'lower',
  what: 'cuts that the application had not learned of when the scenario ended',
};

export const reasonWrong: Measure = {
  name: 'reason_wrong',
  title: 'wrong reason given',
  detail: true,
  unit: 'cuts',
  better: 'lower',
  what: 'cuts that the application was told another reason for than what took place',
};

const resets: readonly Action[] = ['rst', 'close'];

export interface Notices {
  /** Milliseconds; one for each cut that was noticed, never below 0. */
  readonly noticeMs: readonly number[];
  readonly releaseMs: readonly number[];
  /** Cuts that took place, by their receipts. */
  readonly cuts: number;
  readonly unnoticed: number;
  /** The application was told before the cut: not a notice, a false abort. */
  readonly early: number;
  /** Why the application was told that the client left, by count. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Samples without a receipt, by what went wrong. Not part of any figure. */
  readonly excluded: Readonly<Record<string, number>>;
}

/**
 * Joins cuts with what the application learned.
 *
 * @param samples the cuts; those whose receipt is not ok are counted as excluded and used for nothing else
 * @param events what the target's probe told
 */
export function notices(samples: readonly CutSample[], events: readonly ProbeEvent[]): Notices {
  const gone = new Map<string, ProbeEvent & { event: 'gone' }>();
  const closed = new Map<string, number>();
  const begun = new Set<string>();
  for (const event of events) {
    if (event.event === 'request') begun.add(event.tag);
    if (event.event === 'gone' && !gone.has(event.tag)) gone.set(event.tag, event);
    if (event.event === 'closed' && !closed.has(event.tag)) closed.set(event.tag, event.t);
  }
  const noticeMs: number[] = [];
  const releases: number[] = [];
  const reasons: Record<string, number> = {};
  const excluded: Record<string, number> = {};
  let [cuts, missed, early] = [0, 0, 0];
  for (const { action, receipt, beforeNs, tag, outcome, endNs } of samples) {
    if (!receipt.ok || beforeNs === null) {
      const why = receipt.reason ?? 'no receipt';
      excluded[why] = (excluded[why] ?? 0) + 1;
      continue;
    }
    // A reset takes with it what the server had not read yet: of such a client it never knew.
    if (resets.includes(action) && begun.size > 0 && !begun.has(tag)) {
      excluded['never-begun'] = (excluded['never-begun'] ?? 0) + 1;
      continue;
    }
    cuts++;
    const told = gone.get(tag);
    // When a client's time is over it is reset: whoever learns only then was told by that, not by the cut.
    if (!told || (outcome === 'held' && told.t >= endNs)) {
      missed++;
      continue;
    }
    reasons[told.reason] = (reasons[told.reason] ?? 0) + 1;
    if (told.t < beforeNs) early++;
    else noticeMs.push((told.t - beforeNs) / 1e6);
    const released = closed.get(tag);
    if (released !== undefined && released >= beforeNs) releases.push((released - beforeNs) / 1e6);
  }
  return { noticeMs, releaseMs: releases, cuts, unnoticed: missed, early, reasons, excluded };
}
