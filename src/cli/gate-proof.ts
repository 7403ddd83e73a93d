import { gatewayOf, type Spin } from '../duel/contestant.js';
import type { Costs } from '../duel/figures.js';
import { runSession } from '../duel/session.js';
import { playSlot } from '../duel/slot.js';
import { gateWork, workFor } from '../duel/work.js';
import { type LedgerEntry, type LedgerLine, readLedger } from '../gates/ledger.js';
import { gateOutcome } from '../gates/outcome.js';
import { exitCodes } from '../gates/verdict.js';
import { percent } from '../reports/gate.js';
import type { Environment } from '../reports/model.js';
import { palette, table } from '../reports/text.js';
import { environment, stayOffServerCore } from '../runner/environment.js';
import { seedFor } from '../runner/seed.js';
import { streamChunks } from '../targets/apps/bodies.js';
import { defaultCalibration, readCalibration } from './calibration.js';
import { UsageError } from './command.js';
import { readCount } from './gate-offline.js';
import { type GateListener, gateProgress } from './gate-progress.js';
import { takesColour } from './progress.js';
import { canMeasure, newId, onInterrupt, openStore } from './session.js';

export interface ProofFlags {
  /** A directory in which everything is built. */
  readonly build: string;
  readonly gates?: string | undefined;
  readonly quick?: boolean | undefined;
  readonly seed: number;
  readonly budgetMs: number;
  readonly out: string;
}

/** Slowdowns that are put in, as shares of what a request costs; 0: the same build twice. */
const slowdowns = [0, 0.05, 0.1, 0.2];
const quickSlowdowns = [0, 0.2];

/** `halfopen gate --self-test`: gates of known outcome on real servers, counted in a ledger. @returns the exit code */
export async function proveLive(flags: ProofFlags): Promise<number> {
  if (flags.quick && flags.gates !== undefined) throw new UsageError('--quick and --gates exclude each other');
  const gates = flags.quick ? 1 : readCount('--gates', flags.gates ?? '20');
  if (!canMeasure()) return exitCodes.environment;
  const place = environment();
  stayOffServerCore(place);
  const interruption = onInterrupt();
  const listener = gateProgress();
  const store = openStore(flags.out, newId());
  const entries: LedgerEntry[] = [];
  const proof = new Proof(flags, place, listener, interruption.signal, (record) => store.append(record));
  try {
    await proof.prepare();
    for (let i = 0; i < gates; i++) {
      for (const slowdown of flags.quick ? quickSlowdowns : slowdowns) {
        const entry = await proof.gate(slowdown, i);
        if (entry === null) break;
        entries.push(entry);
        listener.clear();
        console.error(`gate ${entries.length}: ${percent(slowdown)} slower, ${entry.verdict}`);
      }
      if (interruption.signal.aborted) break;
    }
    listener.clear();
    const lines = readLedger(entries);
    console.log(render(lines, flags.seed));
    console.log(`\nledger: ${store.directory}/samples.ndjson`);
    if (interruption.signal.aborted) return exitCodes.interrupted;
    return lines.some(({ verdict }) => verdict === 'broken') ? exitCodes.regression : exitCodes.pass;
  } finally {
    listener.clear();
    interruption.done();
    store.close();
  }
}

class Proof {
  #cost: Spin = { perRequestNs: 0, perStreamNs: 0 };

  constructor(
    readonly flags: ProofFlags,
    readonly place: Environment,
    readonly listener: GateListener,
    readonly signal: AbortSignal,
    readonly keep: (record: Readonly<Record<string, unknown>>) => void,
  ) {}

  #target(name: string, spin?: Spin) {
    const { build } = this.flags;
    return gatewayOf({ label: build, directory: build, discard: () => {} }, name, spin);
  }

  /** What a request and a stream cost the server here: the yardstick for a slowdown. */
  async prepare(): Promise<void> {
    const { signal, place: environment } = this;
    const options = { work: { ...gateWork, cuts: 0, readers: [] }, seed: this.flags.seed, environment, signal };
    const found: Costs[] = [];
    for (let i = 0; i < 3; i++) found.push((await playSlot(this.#target('baseline'), options)).costs);
    const least = (name: string): number => Math.min(...found.map((costs) => costs[name] ?? Number.NaN));
    this.#cost = {
      perRequestNs: 1000 * least('cpu_us_per_request'),
      perStreamNs: 1000 * streamChunks * least('cpu_us_per_chunk'),
    };
    this.keep({ type: 'yardstick', ...this.#cost });
  }

  /** One gate whose outcome is known. Null when it was interrupted. */
  async gate(slowdown: number, number: number): Promise<LedgerEntry | null> {
    const { flags, place, signal, listener } = this;
    const { perRequestNs, perStreamNs } = this.#cost;
    const spin = { perRequestNs: slowdown * perRequestNs, perStreamNs: slowdown * perStreamNs };
    const seed = seedFor(flags.seed, 'proof', number, slowdown);
    const session = await runSession({
      ...{
        base: this.#target('baseline'),
        cand: this.#target('candidate', spin),
        work: workFor(true, flags.budgetMs),
        seed,
      },
      noise: readCalibration(defaultCalibration(), place).noise,
      ...{ budgetMs: flags.budgetMs, environment: place, signal },
      keep: (record) => this.keep({ ...record }),
      onSlot: (at) => listener.standing(0, at),
    });
    if (signal.aborted) return null;
    if (session.died) throw new Error(`the server died: ${session.died.why}`);
    const { figures, controls } = session;
    const { verdict } = gateOutcome({ figures, faultBars: [], controls, baseline: true, interrupted: false });
    const entry: LedgerEntry = { slowdown, verdict: verdict as LedgerEntry['verdict'] };
    this.keep({ type: 'gate', seed, ...entry, pairs: session.pairs.length, figures });
    return entry;
  }
}

function render(lines: readonly LedgerLine[], seed: number): string {
  const paint = palette(takesColour(process.stdout));
  const words = { proved: paint.good('proved'), open: 'not refuted', broken: paint.bad('BROKEN'), counted: 'counted' };
  const header = ['slower by', 'gates', 'FAIL', '95 % bounds', 'PASS', 'undecided', 'invalid', ''].map(paint.faint);
  const rows = lines.map(({ slowdown, gates, fail, low, high, pass, inconclusive, invalid, verdict }) => [
    ...[percent(slowdown), String(gates), String(fail), `${percent(low)} … ${percent(high)}`],
    ...[String(pass), String(inconclusive), String(invalid), words[verdict]],
  ]);
  const broken = lines.some(({ verdict }) => verdict === 'broken');
  const proved = lines.length > 0 && lines.every(({ verdict }) => verdict === 'proved' || verdict === 'counted');
  const word = broken ? paint.bad('BROKEN') : paint.good(proved ? 'PROVED' : 'NOT REFUTED');
  return [`${word}  gates of known outcome on real servers, seed ${seed}`, ...table([header, ...rows], 0)].join('\n');
}
