import type { GateOutcome, InconclusivePolicy } from '../gates/outcome.js';
import { exitCodes } from '../gates/verdict.js';
import {
  type Environment,
  type GateCount,
  type GateSummary,
  type Result,
  type RunReport,
  schemaVersion,
} from '../reports/model.js';
import type { Scenario } from '../runner/scenario.js';
import { seedFor } from '../runner/seed.js';
import type { ResultStore } from '../runner/store.js';
import { runSuite, type SuiteListener } from '../runner/suite.js';
import type { Target } from '../targets/target.js';
import { type Counts, counters } from './counters.js';
import { gateScenario, nameOf, resultOf, summaryOf } from './report.js';
import { runSession, type Session, type Standing } from './session.js';
import { outcomeOf } from './verdict.js';
import type { Work } from './work.js';

export interface GateOptions {
  readonly id: string;
  readonly version: string;
  readonly base: Target;
  readonly cand: Target;
  readonly work: Work;
  /** Scenarios whose bars the candidate has to hold before its costs are looked at. */
  readonly faults: readonly Scenario[];
  readonly seed: number;
  /** For one session. */
  readonly budgetMs: number;
  readonly policy: InconclusivePolicy;
  readonly noise: Readonly<Record<string, number>>;
  readonly environment: Environment;
  readonly store: Pick<ResultStore, 'append' | 'save'>;
  readonly signal: AbortSignal;
  readonly listener: SuiteListener & { standing(session: number, at: Standing): void };
  /** What concerns the whole run: that the machine was not calibrated. */
  readonly notes: readonly string[];
  /** Counts beside the timings, when they were asked for. */
  readonly count?: (target: Target) => Promise<Counts>;
}

/** The whole gate: fault bars of the candidate, a session, and a second one where the first one failed. */
export async function runGate(options: GateOptions): Promise<RunReport> {
  return new Gate(options).run();
}

class Gate {
  readonly #startedAt = new Date();
  readonly #sessions: Session[] = [];
  #faults: RunReport | null = null;
  #counts: readonly GateCount[] = [];
  #notCounted: readonly string[] = [];

  constructor(readonly options: GateOptions) {}

  async run(): Promise<RunReport> {
    const { seed, signal } = this.options;
    this.#save(); // what a crash leaves behind can be judged: see `records.ts`
    await this.#judgeFaults();
    const report = this.#save();
    const over: readonly number[] = [exitCodes.faultBar, exitCodes.usage, exitCodes.crash];
    if (over.includes(report.exitCode) || signal.aborted) return report;
    await this.#countBoth();
    await this.#session(seed);
    const { verdict, exitCode } = this.#outcome();
    if (verdict !== 'fail' || exitCode !== exitCodes.regression) return this.#save();
    this.#save();
    await this.#session(seedFor(seed, 'confirm'));
    return this.#save();
  }

  /** A second signal, which tells a change of the work from a change of the machine. */
  async #countBoth(): Promise<void> {
    const { count, base, cand, signal } = this.options;
    if (!count || signal.aborted) return;
    const [before, after] = [await count(base), await count(cand)];
    this.#notCounted = [...new Set([...before.skipped, ...after.skipped])].map((why) => `not counted: ${why}`);
    this.#counts = counters.flatMap((counter) => {
      const [one, other] = [before.found[counter.name], after.found[counter.name]];
      return one === undefined || other === undefined ? [] : [{ ...counter, base: one, cand: other }];
    });
  }

  async #judgeFaults(): Promise<void> {
    const { faults, cand, id, version, seed, environment, store, signal, listener } = this.options;
    if (faults.length === 0) return;
    const kept = { append: store.append.bind(store), save: () => {} };
    const what = { id, version, scenarios: faults, targets: [cand], size: 'quick', seed, environment } as const;
    this.#faults = await runSuite({ ...what, store: kept, signal, listener });
    this.#save();
  }

  async #session(seed: number): Promise<void> {
    const { base, cand, work, budgetMs, noise, environment, signal, store, listener } = this.options;
    const number = this.#sessions.length;
    const session = await runSession({
      ...{ base, cand, work, seed, budgetMs, noise, environment, signal },
      keep: (record) => store.append({ ...record }),
      onSlot: (at) => listener.standing(number, at),
    });
    this.#sessions.push(session);
  }

  #outcome(): GateOutcome {
    const faults = (this.#faults?.results ?? []).map(({ verdict }) => verdict);
    const { signal, policy } = this.options;
    return outcomeOf({ sessions: this.#sessions, faults, interrupted: signal.aborted }, policy);
  }

  /** What went wrong with the fault bars by itself is no verdict on the candidate. */
  #exitCode({ exitCode }: GateOutcome): number {
    const own = [exitCodes.usage, exitCodes.crash].find((code) => code === this.#faults?.exitCode);
    return own !== undefined && !this.options.signal.aborted ? own : exitCode;
  }

  #save(): RunReport {
    const report = this.#report();
    this.options.store.save(report);
    return report;
  }

  #report(): RunReport {
    const outcome = this.#outcome();
    const { id, version, base, cand, seed, environment, signal, faults, notes } = this.options;
    const results: Result[] = [...(this.#faults?.results ?? [])];
    if (this.#sessions.length > 0) results.push(resultOf(this.#sessions, 'base'), resultOf(this.#sessions, 'cand'));
    const gate: GateSummary = summaryOf(this.#sessions, outcome, { baseline: base.summary, candidate: cand.summary });
    const { verdict } = outcome;
    return {
      schema: schemaVersion,
      tool: { name: 'halfopen', version },
      id,
      startedAt: this.#startedAt.toISOString(),
      seconds: Math.round((Date.now() - this.#startedAt.getTime()) / 100) / 10,
      seed,
      size: 'quick',
      interrupted: signal.aborted,
      verdict: verdict === 'pass' || verdict === 'fail' ? verdict : 'inconclusive',
      exitCode: this.#exitCode(outcome),
      environment,
      targets: [
        { name: nameOf.base, role: 'control', summary: base.summary },
        { name: nameOf.cand, role: 'own', summary: cand.summary },
      ],
      scenarios: [
        ...faults.map(({ name, group, question }) => ({ name, group, question })),
        ...(this.#sessions.length > 0 ? [gateScenario] : []),
      ],
      results,
      notes: [...notes, ...this.#notCounted, ...(this.#faults?.notes ?? [])],
      gate: this.#counts.length > 0 ? { ...gate, counts: this.#counts } : gate,
    };
  }
}
