import { combine, exitCodeOf, exitCodes, type Verdict } from '../gates/verdict.js';
import {
  type Environment,
  type Result,
  type RunReport,
  type Shard,
  type Size,
  schemaVersion,
  type TargetInfo,
} from '../reports/model.js';
import type { Target } from '../targets/target.js';
import { standing } from './resume.js';
import type { Scenario } from './scenario.js';

/** What a run has come to so far. */
export interface SuiteState {
  readonly id: string;
  readonly version: string;
  readonly scenarios: readonly Scenario[];
  readonly size: Size;
  readonly seed: number;
  readonly environment: Environment;
  readonly shard?: Shard;
  /** An earlier part of this run. */
  readonly before?: RunReport;
  readonly asked: (scenario: Scenario) => readonly Target[];
  readonly beganMs: number;
  /** Of this part. */
  readonly results: readonly Result[];
  readonly notes: readonly string[];
  readonly interrupted: boolean;
  /** The testbed itself failed, or a bar selects nothing: a typing error, which nobody must take for a verdict. */
  readonly fault: 'testbed' | 'bars' | null;
}

/** The report of a run, also of one that is not over. */
export function reportOf(state: SuiteState): RunReport {
  const { id, version, scenarios, size, seed, environment, shard, before, asked, interrupted } = state;
  const targets = [...new Set(scenarios.flatMap(asked))];
  const decisive = targets.filter(({ role }) => role === 'own').map(({ name }) => name);
  const judged = decisive.length > 0 ? decisive : targets.map(({ name }) => name);
  const results = everyResult(state);
  const verdicts = results.filter(({ target }) => judged.includes(target)).map(({ verdict }) => verdict);
  return {
    schema: schemaVersion,
    tool: { name: 'halfopen', version },
    id,
    startedAt: before?.startedAt ?? new Date(state.beganMs).toISOString(),
    seconds: Math.round((before?.seconds ?? 0) * 10 + (Date.now() - state.beganMs) / 100) / 10,
    seed,
    size,
    interrupted,
    verdict: interrupted && combine(verdicts) === 'pass' ? 'inconclusive' : combine(verdicts),
    exitCode: exitCode(state, verdicts),
    environment,
    targets: targets.map(described),
    scenarios: scenarios.map(({ name, group, question }) => ({ name, group, question })),
    results,
    notes: state.notes,
    ...(shard ? { shard } : {}),
  };
}

/** Those of the part before, too, that this part has not come to yet. */
function everyResult({ results, scenarios, before }: SuiteState): readonly Result[] {
  const come = new Set(results.map(({ scenario }) => scenario));
  const ahead = before ? scenarios.filter(({ name }) => !come.has(name)) : [];
  const order = scenarios.map(({ name }) => name);
  return [...results, ...ahead.flatMap((scenario) => standing(before!, scenario))].sort(
    (a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario),
  );
}

/** A program that is not here has no version. */
function described(target: Target): TargetInfo {
  const { name, role, summary } = target;
  const version = target.unavailable() === null ? target.version() : null;
  return { name, role, summary, ...(version === null ? {} : { version }) };
}

function exitCode({ interrupted, fault }: SuiteState, verdicts: readonly Verdict[]): number {
  if (interrupted) return exitCodes.interrupted;
  if (fault === 'testbed') return exitCodes.crash;
  return fault === 'bars' ? exitCodes.usage : exitCodeOf(verdicts, interrupted);
}
