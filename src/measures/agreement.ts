import { median } from '../gates/statistics/spread.js';
import type { Measure } from './measure.js';

export const cpuBesideWrk: Measure = {
  name: 'cpu_beside_wrk',
  title: 'CPU of the client per request ÷ that of wrk',
  unit: 'x',
  better: 'lower',
  timed: true,
  what: 'CPU time that the load generator uses for a request, beside wrk on the same server in turn; median of the pairs',
};

export const throughputOffPercent: Measure = {
  name: 'throughput_off_percent',
  title: 'throughput apart from what wrk measures',
  unit: '%',
  better: 'lower',
  timed: true,
  what: 'how far the throughput of the same server differs when wrk asks; median of the pairs',
};

export const latencyOffPercent: Measure = {
  name: 'latency_off_percent',
  title: 'median latency apart from what wrk measures',
  unit: '%',
  better: 'lower',
  timed: true,
  what: 'how far the median latency of the same server differs when wrk asks; median of the pairs',
};

/** One stretch of load by one generator. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly latencyMs: number;
  readonly cpuNsPerRequest: number;
}

export interface Agreement {
  readonly cpu: number;
  readonly throughputOff: number;
  readonly latencyOff: number;
}

/** Medians over pairs that took turns, so that what drifts strikes both; differences as percentages. NaN without pairs. */
export function agreement(pairs: readonly (readonly [ours: Load, theirs: Load])[]): Agreement {
  const ratio = (of: (load: Load) => number): number => median(pairs.map(([ours, theirs]) => of(ours) / of(theirs)));
  return {
    cpu: ratio(({ cpuNsPerRequest }) => cpuNsPerRequest),
    throughputOff: 100 * Math.abs(ratio(({ requestsPerSecond }) => requestsPerSecond) - 1),
    latencyOff: 100 * Math.abs(ratio(({ latencyMs }) => latencyMs) - 1),
  };
}
