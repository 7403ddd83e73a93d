import type { ProbeEvent } from '../probes/event.js';
import type { CutSample, Outcome } from '../traffic/report.js';
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

/** Endings that leave a half-closed reader without its whole answer, and are the server's doing. */
const unfinished: readonly Outcome[] = ['peer-fin', 'peer-reset', 'timeout'];

/**
 * Of clients that did nothing wrong (half-closed but reading, or leaving after the end): how many were cut off, or
 * reported to the application as gone.
 */
export function falselyAborted(samples: readonly CutSample[], events: readonly ProbeEvent[]): FalseAborts {
  const gone = new Map(events.flatMap((event) => (event.event === 'gone' ? [[event.tag, event.reason]] : [])));
  const causes: Record<string, number> = {};
  const excluded: Record<string, number> = {};
  let [count, of] = [0, 0];
  const add = (to: Record<string, number>, key: string): void => {
    to[key] = (to[key] ?? 0) + 1;
  };
  for (const { action, receipt, outcome, tag } of samples) {
    if (!receipt.ok) {
      add(excluded, receipt.reason ?? 'no receipt');
      continue;
    }
    of++;
    const told = gone.get(tag);
    const robbed = action === 'half-close' && (unfinished.includes(outcome) || receipt.reason !== null);
    if (!robbed && told === undefined) continue;
    count++;
    add(causes, robbed ? (receipt.reason ?? outcome) : `application was told ${told}`);
  }
  return { count, of, causes, excluded };
}
