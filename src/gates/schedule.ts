import { randomFrom } from './random.js';

export type Build = 'base' | 'cand';

/** One start of one server. A control slot runs the same fixed work on what does not change between the builds. */
export type Slot =
  | { readonly kind: 'build'; readonly pair: number; readonly build: Build }
  | { readonly kind: 'control' };

/** Pairs between two control slots. */
export const controlEvery = 4;

/**
 * The order of the slots of a gate.
 *
 * ```
 * C | AB BA | BA AB | C | AB BA | …      A, B: base and cand; C: control
 *     └─┬─┘   └─┬─┘
 *     coin    coin: each pair of an even number tosses, the next mirrors it
 * ```
 *
 * A pair is two neighbours in time, so slow changes of the machine cancel out of its difference; the mirror takes out
 * what prefers the first or the second place, and the coin takes out rhythms that would fall into step.
 *
 * @param seed repeats an order
 * @param pairs how many pairs at most
 * @param every pairs between two controls; one comes first
 */
export function schedule(seed: number, pairs: number, every = controlEvery): Slot[] {
  const random = randomFrom(seed);
  const slots: Slot[] = [];
  let first: Build = 'base';
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % every === 0) slots.push({ kind: 'control' });
    if (pair % 2 === 0) first = random() < 0.5 ? 'base' : 'cand';
    else first = other(first);
    slots.push({ kind: 'build', pair, build: first }, { kind: 'build', pair, build: other(first) });
  }
  return slots;
}

const other = (build: Build): Build => (build === 'base' ? 'cand' : 'base');
