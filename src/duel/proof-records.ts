import type { GatePlace, LedgerEntry } from '../gates/ledger.js';
import { number, oneOf, shape, text, whole } from '../reports/check.js';
import type { Spin } from './contestant.js';

/**
 * What a self-test leaves behind beside its slots, a line each in `samples.ndjson`. One that ended early goes on from them.
 *
 * - `proof`: begins one; its build and its seed are those of all its gates
 * - `yardstick`: what a request and a stream cost the server when it began: slowdowns are shares of it
 * - `gate`: one that came to its end
 */
export type ProofRecord =
  | { readonly type: 'proof'; readonly build: string; readonly seed: number; readonly budgetMs: number }
  | ({ readonly type: 'yardstick' } & Spin)
  | ({ readonly type: 'gate' } & GatePlace & LedgerEntry);

/** A self-test as far as it came. */
export interface ProofSoFar {
  /** Where everything is built. */
  readonly build: string;
  readonly seed: number;
  readonly budgetMs: number;
  /** Null: it ended before there was one. */
  readonly yardstick: Spin | null;
  readonly entries: readonly (GatePlace & LedgerEntry)[];
}

const shapes = {
  proof: shape({ build: text, seed: whole, budgetMs: number }),
  yardstick: shape({ perRequestNs: number, perStreamNs: number }),
  gate: shape({ slowdown: number, number: whole, verdict: oneOf('pass', 'fail', 'inconclusive', 'invalid') }),
} as const;

/**
 * Other lines are passed over, and so is one that a crash cut off: its gate is played again.
 *
 * @throws ShapeError naming the line and the member that is wrong
 * @throws Error when they are not those of a self-test
 */
export function proofFrom(lines: readonly string[]): ProofSoFar {
  let begun: Extract<ProofRecord, { type: 'proof' }> | null = null;
  let yardstick: Spin | null = null;
  const entries: (GatePlace & LedgerEntry)[] = [];
  lines.forEach((line, i) => {
    const found = parsed(line);
    const check = shapes[found?.type as ProofRecord['type']];
    if (!check) return;
    check(found, `line ${i + 1}`);
    const record = found as ProofRecord;
    if (record.type === 'proof') begun ??= record;
    else if (record.type === 'yardstick') yardstick ??= record;
    else entries.push(record);
  });
  if (begun === null) throw new Error('it does not begin as a self-test does');
  const { build, seed, budgetMs }: Extract<ProofRecord, { type: 'proof' }> = begun;
  return { build, seed, budgetMs, yardstick, entries };
}

function parsed(line: string): { readonly type?: unknown } | null {
  try {
    return JSON.parse(line) as { type?: unknown };
  } catch {
    return null;
  }
}
