/** How many faults of each kind a run injects: few in the suite, HALFOPEN_COUNTS=full for the numbers of docs/trust.md. */
const full = process.env.HALFOPEN_COUNTS === 'full';

export const counts = full
  ? { sigterms: 200, workerKills: 50, terminations: 200, allowanceMs: 0 }
  : // The suite shares its cores with other tests: an exit may take longer there.
    { sigterms: 4, workerKills: 3, terminations: 6, allowanceMs: 3000 };

/** A seeded source of moments and choices, in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
