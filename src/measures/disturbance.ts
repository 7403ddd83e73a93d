/** From this share of a core on, what others did there is worth a remark, and excuses a single late figure. */
export const disturbedFrom = 0.03;

/**
 * How many of so many samples may be late because of others: those that came in their time, and as many again that
 * waited behind them.
 */
export function excusable(foreign: number, samples: number): number {
  return Math.max(0, Math.ceil(2 * foreign * samples - 1e-9));
}

/** What happened on one core in a window. Nanoseconds. */
export interface CoreUse {
  readonly windowNs: number;
  /** Busy for anybody. */
  readonly busyNs: number;
  /** Of it for the process under test, or for the client. */
  readonly ownNs: number;
}

/**
 * The share of a core that others took while it was measured on. The kernel's clock for whole cores ticks coarsely, so
 * a few hundredths mean nothing.
 *
 * @returns in [0, 1]; NaN when it cannot be known
 */
export function foreignShare({ windowNs, busyNs, ownNs }: CoreUse): number {
  if (!(windowNs > 0)) return Number.NaN;
  const share = (busyNs - ownNs) / windowNs;
  return Number.isNaN(share) ? share : Math.min(1, Math.max(0, share));
}
