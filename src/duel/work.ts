/** The fixed work of one slot: how often each thing is asked, on a server that was just started. */
export interface Work {
  readonly warmUp: number;
  readonly requests: number;
  readonly streams: number;
  readonly lone: number;
  readonly cuts: number;
  /** Stalled readers, added up; two steps or more give a slope. None: memory is left out. */
  readonly readers: readonly number[];
}

export const gateWork: Work = {
  ...{ warmUp: 25_000, requests: 30_000, streams: 5000, lone: 2500, cuts: 240 },
  readers: [60, 90],
};

/** For a short gate: half of it, and no memory, which takes as long as all the rest. */
const shortWork: Work = { warmUp: 12_000, requests: 15_000, streams: 2500, lone: 1000, cuts: 100, readers: [] };
const shortBelowMs = 4 * 60_000;

/** What fits into the time: more pairs of less work say more than few pairs of much. */
export function workFor(application: boolean, budgetMs: number): Work {
  if (!application) return pageWork;
  return budgetMs < shortBelowMs ? shortWork : gateWork;
}

/** A page of one's own may be slow: less of it, and none of what needs the testbed's paths. */
const pageWork: Work = { warmUp: 1000, requests: 3000, streams: 0, lone: 500, cuts: 120, readers: [] };

/** A control slot: the first of the figures is enough to see whether the machine is restless. */
export const controlWork: Work = { warmUp: 6000, requests: 8000, streams: 0, lone: 0, cuts: 0, readers: [] };
