import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { playKnownGate, takeYardstick } from '../duel/proof.js';
import { type ProofSoFar, proofFrom } from '../duel/proof-records.js';
import { type GatePlace, gatesToPlay, type LedgerEntry, type LedgerPlan, readLedger } from '../gates/ledger.js';
import { exitCodes } from '../gates/verdict.js';
import { percent } from '../reports/gate.js';
import { environment, stayOffServerCore } from '../runner/environment.js';
import type { ResultStore } from '../runner/store.js';
import { defaultCalibration, readCalibration } from './calibration.js';
import { UsageError } from './command.js';
import { duration } from './duration.js';
import { readCount } from './gate-offline.js';
import { gateProgress } from './gate-progress.js';
import { renderLedger } from './ledger-table.js';
import { canMeasure, newId, onInterrupt, openStore } from './session.js';

export interface ProofFlags {
  /** A directory in which everything is built. */
  readonly build: string;
  readonly gates?: string | undefined;
  readonly slower?: string | undefined;
  /** Per cent. */
  readonly slowdowns?: string | undefined;
  readonly quick?: boolean | undefined;
  /** The results of one that ended early. */
  readonly resume?: string | undefined;
  readonly seed: number;
  readonly budgetMs: number;
  readonly out: string;
}

/** Slowdowns that are put in, as shares of what a request costs. */
const slowdowns = [0.05, 0.1, 0.2];

/** `halfopen gate --self-test`: gates of known outcome on real servers, counted in a ledger. @returns the exit code */
export async function proveLive(flags: ProofFlags): Promise<number> {
  const plan = readPlan(flags);
  const before = flags.resume === undefined ? null : readProof(flags.resume);
  const entries = [...(before?.entries ?? [])];
  const toPlay = gatesToPlay(plan, entries);
  if (toPlay.length > 0 && !canMeasure()) return exitCodes.environment;
  const { build, seed, budgetMs } = before ?? { ...flags, build: resolve(flags.build) };
  const store = flags.resume === undefined ? openStore(flags.out, newId()) : reopen(flags.resume);
  if (before === null) store.append({ type: 'proof', build, seed, budgetMs });
  let interrupted = false;
  try {
    if (toPlay.length > 0) interrupted = await play({ build, seed, budgetMs }, toPlay, before, entries, store);
  } finally {
    // Also when the server died in one of them: the others have been played.
    store.close();
    const lines = readLedger(entries);
    console.log(renderLedger(lines, seed));
    const left = gatesToPlay(plan, entries).length;
    const goOn = left > 0 ? `; ${left} left, to go on: --self-test --resume ${store.directory}` : '';
    console.log(`\nledger: ${join(store.directory, 'samples.ndjson')}${goOn}`);
  }
  if (interrupted) return exitCodes.interrupted;
  const broken = readLedger(entries).some(({ verdict }) => verdict === 'broken');
  return broken ? exitCodes.regression : exitCodes.pass;
}

/** Adds to `entries` as gates end. @returns whether it was interrupted */
async function play(
  { build, seed, budgetMs }: Pick<ProofFlags, 'build' | 'seed' | 'budgetMs'>,
  toPlay: readonly GatePlace[],
  before: ProofSoFar | null,
  entries: (GatePlace & LedgerEntry)[],
  store: ResultStore,
): Promise<boolean> {
  const place = environment();
  stayOffServerCore(place);
  const { noise } = readCalibration(defaultCalibration(), place);
  const interruption = onInterrupt();
  const { signal } = interruption;
  const listener = gateProgress();
  const begin = performance.now();
  let at = '';
  const options = {
    ...{ build, seed, budgetMs, environment: place, noise, signal },
    keep: (record: Readonly<Record<string, unknown>>) => store.append(record),
    onSlot: (standing: Parameters<typeof listener.standing>[1]) => listener.standing(0, standing, at),
  };
  try {
    const yardstick = before?.yardstick ?? (await takeYardstick(options));
    if (yardstick === null) return true;
    const all = entries.length + toPlay.length;
    for (const [i, next] of toPlay.entries()) {
      // Before the first one is over its budget is the best guess.
      const each = i === 0 ? budgetMs : (performance.now() - begin) / i;
      at = `gate ${entries.length + 1} of ${all}, about ${duration((each * (toPlay.length - i)) / 1000)} left; `;
      const entry = await playKnownGate(options, next, yardstick);
      if (entry === null) return true;
      entries.push(entry);
      listener.clear();
      const left = ((performance.now() - begin) / (i + 1)) * (toPlay.length - i - 1);
      console.error(
        `gate ${entries.length} of ${all}: ${percent(entry.slowdown)} slower, ${entry.verdict}; about ${duration(left / 1000)} left`,
      );
    }
    return false;
  } finally {
    listener.clear();
    interruption.done();
  }
}

/** @throws UsageError */
function readPlan({ gates, slower, slowdowns: sizes, quick }: ProofFlags): LedgerPlan {
  if (quick && (gates ?? slower ?? sizes) !== undefined)
    throw new UsageError('--quick says how many gates of what: no --gates, --slower or --slowdowns with it');
  if (quick) return { same: 1, slower: 1, slowdowns: [0.2] };
  const same = readCount('--gates', gates ?? '20', slower === undefined ? 1 : 0);
  const plan = {
    same,
    slower: slower === undefined ? same : readCount('--slower', slower, 0),
    slowdowns: readSlowdowns(sizes),
  };
  if (plan.same + plan.slower === 0) throw new UsageError('--gates and --slower are both 0: there is nothing to prove');
  return plan;
}

/** `5,10` as shares of what a request costs. @throws UsageError */
function readSlowdowns(text: string | undefined): readonly number[] {
  if (text === undefined) return slowdowns;
  return text.split(',').map((word) => {
    const perCent = word.trim() === '' ? Number.NaN : Number(word);
    if (perCent > 0 && perCent <= 100) return perCent / 100;
    throw new UsageError(`--slowdowns takes per cent such as 5,10, above 0 and up to 100; got ${text}`);
  });
}

/** @throws UsageError */
function readProof(directory: string): ProofSoFar {
  try {
    return proofFrom(readFileSync(join(directory, 'samples.ndjson'), 'utf8').trimEnd().split('\n'));
  } catch (error) {
    throw new UsageError(`${directory} holds no self-test: ${(error as Error).message}`);
  }
}

/** A line that was cut off by a crash must not swallow the next one. */
function reopen(directory: string): ResultStore {
  const store = openStore(dirname(directory), basename(directory));
  store.append({ type: 'resumed' });
  return store;
}
