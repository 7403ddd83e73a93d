import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment, Result, RunReport, Shard, Size } from '../reports/model.js';
import { validRun } from '../reports/validate.js';
import type { Target } from '../targets/target.js';
import type { Scenario } from './scenario.js';

/** What a run asks, where and by whom: an unfinished one that asked the same may be continued. */
export interface Asked {
  readonly version: string;
  readonly scenarios: readonly Scenario[];
  readonly targets: readonly Target[];
  readonly size: Size;
  /** Null: any. */
  readonly seed: number | null;
  readonly shard: Shard | null;
  readonly environment: Environment;
}

/** The latest run below `out` that asked the same in the same place; null where there is none, or it is finished. */
export function unfinishedRun(out: string, asked: Asked): RunReport | null {
  for (const id of directoriesIn(out).sort().reverse()) {
    const report = read(join(out, id, 'run.json'));
    if (report !== null && sameQuestion(report, asked)) return finished(report, asked) ? null : report;
  }
  return null;
}

/** Results of an earlier part that stand. One that was interrupted, or that the testbed itself spoilt, is asked for again. */
export function standing(report: RunReport, { name, bars }: Scenario): readonly Result[] {
  return report.results.filter((result) => result.scenario === name && isFinal(result) && judgedBy(result, bars));
}

function isFinal({ problem, verdict }: Result): boolean {
  return problem === undefined || verdict === 'skipped' || verdict === 'fail';
}

function judgedBy(result: Result, bars: readonly string[]): boolean {
  if (result.problem !== undefined) return true; // nothing was judged
  return same(
    result.bars.map((bar) => bar.knownLimit?.original ?? bar.text),
    bars,
  );
}

function finished(report: RunReport, { scenarios, targets }: Asked): boolean {
  return scenarios.every((each) => standing(report, each).length >= (each.servers ?? targets).length);
}

function sameQuestion(
  report: RunReport,
  { version, scenarios, targets, size, seed, shard, environment }: Asked,
): boolean {
  const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
  const place = ({ kernel, cpuModel, cores, node, revision, dirty }: Environment) =>
    [kernel, cpuModel, cores, node, revision, dirty] as const;
  const asks = [...new Set(scenarios.flatMap((each) => each.servers ?? targets))];
  return (
    report.gate === undefined &&
    report.tool.version === version &&
    report.size === size &&
    (seed === null || report.seed === seed) &&
    same(names(report.scenarios), names(scenarios)) &&
    same(names(report.targets), names(asks)) &&
    same(report.shard ?? null, shard) &&
    same(place(report.environment), place(environment))
  );
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function directoriesIn(out: string): string[] {
  try {
    return readdirSync(out);
  } catch {
    return [];
  }
}

/** Null for what is no run, or one of another version's shape. */
function read(file: string): RunReport | null {
  try {
    return validRun(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
