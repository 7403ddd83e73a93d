import { deadOnArrival } from '../faults/dead-on-arrival.js';
import type { Fault } from '../faults/fault.js';
import type { Cohort } from './cohort.js';

/**
 * Connections that come, ask and are cut, at a rate.
 *
 * @param ratePerSecond new connections a second, at random (Poisson) moments
 * @param fault how each of them ends
 */
export function churn(
  base: Pick<Cohort, 'id' | 'host' | 'port' | 'request' | 'connections' | 'durationMs'> & Partial<Cohort>,
  ratePerSecond: number,
  fault: Fault = deadOnArrival(),
): Cohort {
  const rounds = Math.ceil((ratePerSecond * (base.durationMs ?? 0)) / 1000) * 2 + 100;
  return { rounds, ...base, fault, pacing: { mode: 'open', ratePerSecond, arrivals: 'poisson' } };
}
