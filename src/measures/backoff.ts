import type { ProbeEvent } from '../probes/event.js';
import type { Measure } from './measure.js';

export const gapsOutside: Measure = {
  name: 'gaps_outside',
  title: 'waits off the schedule',
  unit: 'gaps',
  better: 'lower',
  timed: true,
  what: 'waits between two empty chunks that are off the declared schedule (by more than −1 ms or +max(5 ms, 10 %))',
};

export const gapLatenessMs: Measure = {
  name: 'gap_lateness_ms',
  title: 'lateness of a wait',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'how much longer than declared those waits were',
};

export const wholeMs: Measure = {
  name: 'whole_ms',
  title: 'a response with silence between its words',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'how long a response took whose application has nothing to say between one word and the next',
};

export const wholeOverDeclared: Measure = {
  name: 'whole_over_declared',
  title: 'its median time, observed ÷ declared',
  unit: 'x',
  better: 'lower',
  timed: true,
  what: 'its median time as a multiple of the waits that the schedule declares, if it begins anew after each word',
};

/** A gap may be this much too short, and too long by the greater of the two. */
export const tolerance = { earlyMs: 1, lateMs: 5, lateShare: 0.1 };

export interface Conformance {
  readonly gaps: number;
  readonly outside: number;
  /** Observed minus declared, milliseconds, one for each gap. */
  readonly latenessMs: readonly number[];
  /** Bodies that were asked at least twice. */
  readonly bodies: number;
}

/**
 * Compares the times at which storming bodies were asked with the schedule.
 *
 * @param events needs a `pull` event for each pull
 * @param declaredMs the wait after so many empty chunks in a row, ≥ 1
 */
export function backoffConformance(
  events: readonly ProbeEvent[],
  declaredMs: (empties: number) => number,
): Conformance {
  const times = new Map<string, number[]>();
  for (const event of events) {
    if (event.event !== 'pull' || event.tag === '*') continue;
    const list = times.get(event.tag);
    if (list) list.push(event.t);
    else times.set(event.tag, [event.t]);
  }
  const latenessMs: number[] = [];
  let [outside, bodies] = [0, 0];
  for (const list of times.values()) {
    if (list.length > 1) bodies++;
    for (let i = 1; i < list.length; i++) {
      const declared = declaredMs(i);
      const late = (list[i]! - list[i - 1]!) / 1e6 - declared;
      latenessMs.push(late);
      if (late < -tolerance.earlyMs || late > Math.max(tolerance.lateMs, declared * tolerance.lateShare)) outside++;
    }
  }
  return { gaps: latenessMs.length, outside, latenessMs, bodies };
}
