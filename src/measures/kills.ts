import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const notEnded: Measure = {
  name: 'not_ended',
  title: 'stuck clients never ended',
  unit: 'clients',
  better: 'lower',
  what: 'clients without progress that the server still kept when its deadline for them was long over',
};

export const endedMs: Measure = {
  name: 'ended_ms',
  title: 'until a stuck client is ended',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'from the moment a client made no more progress to the server’s ending its connection',
};

export interface Endings {
  /** Milliseconds from the fault to the end that the server made. */
  readonly endedMs: readonly number[];
  readonly kept: number;
  readonly of: number;
}

/** What became of clients that a server should not keep: whether it ended them, and when. */
export function endedByServer(samples: readonly CutSample[]): Endings {
  const stuck = samples.filter(({ receipt, beforeNs }) => receipt.ok && beforeNs !== null);
  const ended = stuck.filter(({ outcome }) => ['peer-reset', 'peer-fin', 'complete'].includes(outcome));
  return {
    endedMs: ended.map(({ endNs, beforeNs }) => (endNs - beforeNs!) / 1e6),
    kept: stuck.length - ended.length,
    of: stuck.length,
  };
}
