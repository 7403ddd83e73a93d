import type { Action } from '../faults/fault.js';
import type { ProbeEvent } from '../probes/event.js';
import type { CutSample, Outcome, Reason } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const falseAborts: Measure = {
  name: 'false_aborts',
  title: 'false aborts',
  unit: 'clients',
  better: 'lower',
  what: 'clients that still wanted their answer, or had it, and were treated as gone',
};

export interface FalseAborts {
  readonly count: number;
  readonly of: number;
  /** Why each of them counts. */
  readonly causes: Readonly<Record<string, number>>;
  readonly excluded: Readonly<Record<string, number>>;
}

/** What clients do that still want their answer. */
const staying: readonly Action[] = ['half-close', 'slow-read', 'slow-send', 'resume'];

/** Endings that leave such a client without its whole answer, and are the server's doing. */
const unfinished: readonly Outcome[] = ['peer-fin', 'peer-reset', 'timeout'];

/**
 * Of clients that did nothing wrong (half-closed but reading, or leaving after the end): how many were cut off, or
 * reported to the application as gone.
 */
export function falselyAborted(samples: readonly CutSample[], events: readonly ProbeEvent[]): FalseAborts {
  const gone = new Map(events.flatMap((event) => (event.event === 'gone' ? [[event.tag, event]] : [])));
  const causes: Record<string, number> = {};
  const excluded: Record<string, number> = {};
  let [count, of] = [0, 0];
  const add = (to: Record<string, number>, key: string): void => {
    to[key] = (to[key] ?? 0) + 1;
  };
  for (const { action, receipt, outcome, tag, endNs } of samples) {
    if (!receipt.ok) {
      add(excluded, receipt.reason ?? 'no receipt');
      continue;
    }
    of++;
    const last = gone.get(tag);
    // A client that was held to the end of its time, and then reset, has left in truth.
    const told = last !== undefined && (outcome !== 'held' || last.t < endNs) ? last.reason : undefined;
    const robbed = staying.includes(action) && (unfinished.includes(outcome) || receipt.reason !== null);
    if (!robbed && told === undefined) continue;
    count++;
    add(causes, robbed ? (receipt.reason ?? outcome) : `application was told ${told}`);
  }
  return { count, of, causes, excluded };
}

/** Receipts of clients that the server ended before they left by themselves. */
const endedFirst: readonly (Reason | null)[] = ['peer-closed-first', 'peer-reset-first'];

/**
 * Of clients that were quiet but there until they left by themselves: how many the server ended, or reported as gone,
 * before they did.
 */
export function droppedBefore(samples: readonly CutSample[], events: readonly ProbeEvent[]): FalseAborts {
  const gone = new Map(events.flatMap((event) => (event.event === 'gone' ? [[event.tag, event.t]] : [])));
  const causes: Record<string, number> = {};
  const excluded: Record<string, number> = {};
  let [count, of] = [0, 0];
  for (const { receipt, beforeNs, tag } of samples) {
    const dropped = endedFirst.includes(receipt.reason);
    if (!receipt.ok && !dropped) {
      excluded[receipt.reason ?? 'no receipt'] = (excluded[receipt.reason ?? 'no receipt'] ?? 0) + 1;
      continue;
    }
    of++;
    const early = dropped || (gone.get(tag) ?? Number.POSITIVE_INFINITY) < (beforeNs ?? 0);
    if (!early) continue;
    count++;
    const cause = receipt.reason ?? 'application was told first';
    causes[cause] = (causes[cause] ?? 0) + 1;
  }
  return { count, of, causes, excluded };
}
