import type { CohortReport } from '../traffic/report.js';
import { type Measure, nanosecondsAsMs, type Series } from './measure.js';
import { mergeSeries } from './series.js';

export const bystanderMs: Measure = {
  name: 'bystander_ms',
  title: 'bystander latency',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'latency of healthy clients beside the fault, from the moment their request was due',
};

export const bystanderRatio: Measure = {
  name: 'bystander_ratio',
  title: 'bystander p99, during ÷ before',
  unit: 'x',
  better: 'lower',
  timed: true,
  what: 'how much the fault slows down the unluckiest of its healthy neighbours',
};

export const bystanderErrors: Measure = {
  name: 'bystander_errors',
  title: 'bystander errors',
  unit: 'requests',
  better: 'lower',
  what: 'requests of healthy clients beside the fault that were not answered well',
};

/** Latency in each phase of a cohort, by the phase's name; a name may come again. */
export function latencyByPhase(cohort: CohortReport): ReadonlyMap<string, Series> {
  const found = new Map<string, Series>();
  for (const { name, latency } of cohort.phases) {
    const before = found.get(name);
    found.set(name, before ? mergeSeries(before, nanosecondsAsMs(latency)) : nanosecondsAsMs(latency));
  }
  return found;
}

/** The reason for an exclusion that has nothing to do with a fault. */
export const machineStoodStill = 'machine-stood-still';

/** Requests whose latency says nothing, because the machine stood still, as a reason for their exclusion. */
export function stalledOf(cohort: CohortReport): Readonly<Record<string, number>> {
  const stalled = cohort.phases.reduce((sum, phase) => sum + phase.stalled, 0);
  return stalled === 0 ? {} : { [machineStoodStill]: stalled };
}

/** All errors of a cohort, of whatever kind. */
export function errorsOf(cohort: CohortReport): number {
  return Object.values(cohort.errors).reduce((sum, errors) => sum + errors, 0);
}
