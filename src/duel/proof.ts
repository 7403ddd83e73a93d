import type { GatePlace, LedgerEntry } from '../gates/ledger.js';
import { gateOutcome } from '../gates/outcome.js';
import type { Environment } from '../reports/model.js';
import { seedFor } from '../runner/seed.js';
import { streamChunks } from '../targets/apps/bodies.js';
import type { Target } from '../targets/target.js';
import { gatewayOf, type Spin } from './contestant.js';
import type { Costs } from './figures.js';
import { runSession, type Standing } from './session.js';
import { playSlot } from './slot.js';
import { gateWork, workFor } from './work.js';

export interface ProofOptions {
  /** A directory in which everything is built. */
  readonly build: string;
  readonly seed: number;
  readonly budgetMs: number;
  readonly environment: Environment;
  /** Noise of a slot by figure, where this machine was calibrated. */
  readonly noise: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
  readonly keep: (record: Readonly<Record<string, unknown>>) => void;
  readonly onSlot: (at: Standing) => void;
}

/** What a request and a stream cost the server here. Null when it was interrupted. */
export async function takeYardstick(options: ProofOptions): Promise<Spin | null> {
  const { seed, environment, signal, keep } = options;
  const work = { ...gateWork, cuts: 0, readers: [] };
  const found: Costs[] = [];
  for (let i = 0; i < 3; i++) {
    const slot = await unlessAborted(
      signal,
      playSlot(targetOf(options, 'baseline'), { work, seed, environment, signal }),
    );
    if (slot === null) return null;
    found.push(slot.costs);
  }
  const least = (name: string): number => Math.min(...found.map((costs) => costs[name] ?? Number.NaN));
  const yardstick = {
    perRequestNs: 1000 * least('cpu_us_per_request'),
    perStreamNs: 1000 * streamChunks * least('cpu_us_per_chunk'),
  };
  keep({ type: 'yardstick', ...yardstick });
  return yardstick;
}

/** One gate whose outcome is known: the candidate is the same build, made slower by a share of the yardstick. Null when it was interrupted. */
export async function playKnownGate(
  options: ProofOptions,
  { slowdown, number }: GatePlace,
  { perRequestNs, perStreamNs }: Spin,
): Promise<(GatePlace & LedgerEntry) | null> {
  const { noise, budgetMs, environment, signal, keep, onSlot } = options;
  const spin = { perRequestNs: slowdown * perRequestNs, perStreamNs: slowdown * perStreamNs };
  const seed = seedFor(options.seed, 'proof', number, slowdown);
  const session = await runSession({
    ...{ base: targetOf(options, 'baseline'), cand: targetOf(options, 'candidate', spin) },
    ...{ work: workFor(true, budgetMs), seed, noise, budgetMs, environment, signal, onSlot },
    keep: (record) => keep({ ...record }),
  });
  if (signal.aborted) return null;
  if (session.died) throw new Error(`the server died: ${session.died.why}`);
  const { figures, controls } = session;
  const { verdict } = gateOutcome({ figures, faultBars: [], controls, baseline: true, interrupted: false });
  const entry = { slowdown, number, verdict: verdict as LedgerEntry['verdict'] };
  keep({ type: 'gate', seed, ...entry, pairs: session.pairs.length, figures });
  return entry;
}

function targetOf({ build }: ProofOptions, name: string, spin?: Spin): Target {
  return gatewayOf({ label: build, directory: build, discard: () => {} }, name, spin);
}

/** What broke because it was broken off is no error. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  try {
    const done = await work;
    return signal.aborted ? null : done;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
