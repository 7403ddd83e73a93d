import { parseBar } from '../gates/bars.js';
import { evaluateBar, type Measured } from '../gates/evaluate.js';
import { intervalsOf, type RoundFigures } from '../gates/statistics/quantile-interval.js';
import { combine, exitCodeOf, exitCodes } from '../gates/verdict.js';
import type { Labels } from '../measures/measure.js';
import { mergeSeries } from '../measures/series.js';
import { environmentDifferences } from './compare.js';
import { jointDoubt } from './doubt.js';
import type { BarResult, MeasureResult, Result, RunReport } from './model.js';
import { judgedTargets } from './said.js';

/** These runs are not parts of one whole; the message says why. */
export class MergeError extends Error {
  override readonly name = 'MergeError';
}

/**
 * Several runs as one: the shards of a divided run, or repetitions.
 *
 * Observations are put together, never averages: histograms bucket by bucket, counts with their trials, single figures side by
 * side; then the bars are judged anew on all of them. What was in doubt in one part is in doubt in the whole. Every observation counts once, so a run that is given twice is refused, and
 * so is a shard. A shard that is missing, or did not come to its end, makes the whole inconclusive: nobody knows what it would
 * have shown.
 *
 * @throws MergeError
 */
export function mergeRuns(runs: readonly RunReport[]): RunReport {
  const [first, ...others] = runs;
  if (!first) throw new MergeError('there is no run to merge');
  if (others.length === 0 && !first.shard) return first;
  const lost = partsOf(runs);
  const { shard: _, ...whole } = first;
  const begin = Math.min(...runs.map(({ startedAt }) => Date.parse(startedAt)));
  const end = Math.max(...runs.map(({ startedAt, seconds }) => Date.parse(startedAt) + 1000 * seconds));
  const targets = uniqueBy(
    runs.flatMap((run) => run.targets),
    ({ name }) => name,
  );
  const scenarios = uniqueBy(
    runs.flatMap((run) => run.scenarios),
    ({ name }) => name,
  );
  const results = scenarios.flatMap(({ name: scenario }) =>
    targets.flatMap(({ name: target }) => {
      const parts = runs
        .flatMap((run) => run.results)
        .filter((each) => each.scenario === scenario && each.target === target);
      return parts.length === 0 ? [] : [mergeResults(parts)];
    }),
  );
  const judged = judgedTargets({ ...first, targets }).map(({ name }) => name);
  const verdicts = results.filter(({ target }) => judged.includes(target)).map(({ verdict }) => verdict);
  if (lost.length > 0) verdicts.push('inconclusive');
  const crashed = runs.some(({ exitCode }) => exitCode === exitCodes.crash);
  return {
    ...whole,
    id: runs.map(({ id }) => id).join('+'),
    startedAt: new Date(begin).toISOString(),
    seconds: Math.round((end - begin) / 100) / 10,
    interrupted: false,
    verdict: combine(verdicts),
    exitCode: crashed ? exitCodes.crash : exitCodeOf(verdicts, false),
    targets,
    scenarios,
    results,
    notes: [...new Set([...lost, ...surroundings(runs), ...runs.flatMap(({ notes }) => notes)])],
  };
}

/** What is missing of the whole, in words. @throws MergeError when the parts are not of one whole */
function partsOf(runs: readonly RunReport[]): string[] {
  const [first] = runs;
  const twice = runs.find(({ id }, i) => runs.findIndex((each) => each.id === id) < i);
  if (twice) throw new MergeError(`the run ${twice.id} is given twice`);
  if (runs.some(({ gate }) => gate !== undefined))
    throw new MergeError('gates are not merged: each one decides by itself');
  for (const key of ['size', 'seed'] as const) {
    const [one, other] = [first![key], runs.find((run) => run[key] !== first![key])?.[key]];
    // Repetitions have seeds of their own; shards share one.
    if (other !== undefined && (key === 'size' || first!.shard))
      throw new MergeError(`the runs differ in ${key}: ${one} and ${other}`);
  }
  if (runs.some(({ tool }) => tool.version !== first!.tool.version))
    throw new MergeError('the runs are of different versions');
  const stopped = runs.filter(unfinished).map(({ id }) => `the run ${id} did not come to its end`);
  return [...stopped, ...lostShards(runs)];
}

/** It was interrupted, or its process was killed: what it had saved until then is there. */
const unfinished = ({ interrupted, scenarios, results }: RunReport): boolean =>
  interrupted || scenarios.some(({ name }) => !results.some(({ scenario }) => scenario === name));

function lostShards(runs: readonly RunReport[]): string[] {
  const shards = runs.flatMap(({ shard }) => (shard ? [shard] : []));
  if (shards.length === 0) return [];
  if (shards.length < runs.length) throw new MergeError('shards and whole runs are not merged with each other');
  const { of } = shards[0]!;
  if (shards.some((shard) => shard.of !== of)) throw new MergeError('the shards are of differently divided runs');
  const seen = shards.map(({ index }) => index);
  const twice = seen.find((index, i) => seen.indexOf(index) < i);
  if (twice !== undefined) throw new MergeError(`shard ${twice} of ${of} is given twice`);
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !seen.includes(index));
  return missing.map((index) => `shard ${index} of ${of} is missing`);
}

function surroundings(runs: readonly RunReport[]): string[] {
  const differences = new Set(runs.slice(1).flatMap((run) => environmentDifferences(runs[0]!, run)));
  return [...differences].map((line) => `merged from different surroundings: ${line}`);
}

function mergeResults(parts: readonly Result[]): Result {
  const [first, ...others] = parts;
  if (others.length === 0) return first!;
  const measures = others.reduce((all, { measures: more }) => mergeMeasures(all, more), first!.measures);
  const disturbance = Math.max(...parts.map((part) => part.disturbance));
  const problem = parts.find((part) => part.problem !== undefined)?.problem;
  const texts = uniqueBy(
    parts.flatMap(({ bars }) => bars),
    ({ text }) => text,
  );
  const bars = texts.map((bar) => judgeAgain(bar, parts, measures, disturbance));
  const broken = parts.filter((part) => part.problem !== undefined).map(({ verdict }) => verdict);
  return {
    ...first!,
    verdict: combine([...broken, ...(bars.length > 0 ? bars : parts).map(({ verdict }) => verdict)]),
    measures,
    bars,
    excluded: sum(parts.map(({ excluded }) => excluded)),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
    disturbance,
    seconds: Math.round(10 * parts.reduce((total, { seconds }) => total + seconds, 0)) / 10,
    ...(problem === undefined ? {} : { problem }),
  };
}

function mergeMeasures(a: readonly MeasureResult[], b: readonly MeasureResult[]): MeasureResult[] {
  const merged = a.map((measure) => {
    const other = b.find((each) => sameSeries(each, measure));
    if (!other) return measure;
    const lag = Math.max(measure.clientLag ?? 0, other.clientLag ?? 0);
    const doubt = jointDoubt(measure, other);
    const series = mergeSeries(measure.series, other.series);
    const rounds = mergeRounds(measure.rounds, other.rounds);
    return {
      ...measure,
      series,
      ...(rounds === undefined ? {} : { rounds }),
      ...(measure.intervals || other.intervals ? { intervals: intervalsOf(series, rounds) } : {}),
      ...(lag > 0 ? { clientLag: lag } : {}),
      ...(doubt === undefined ? {} : { doubt }),
    };
  });
  return [...merged, ...b.filter((measure) => !a.some((each) => sameSeries(each, measure)))];
}

function mergeRounds(a: RoundFigures | undefined, b: RoundFigures | undefined): RoundFigures | undefined {
  if (!a || !b) return a ?? b;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, [...(a[name] ?? []), ...(b[name] ?? [])]]));
}

const sameSeries = (a: MeasureResult, b: MeasureResult): boolean =>
  a.name === b.name && keyOf(a.labels) === keyOf(b.labels);
const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort());

/** On all observations; what a part had skipped stays skipped. */
function judgeAgain(
  bar: BarResult,
  parts: readonly Result[],
  measures: readonly MeasureResult[],
  foreign: number,
): BarResult {
  const skipped = parts
    .flatMap(({ bars }) => bars)
    .find(({ text, verdict }) => text === bar.text && verdict === 'skipped');
  if (skipped) return skipped;
  const measured: Measured[] = measures.map(({ name, ...rest }) => ({ measure: name, ...rest }));
  const outcome = evaluateBar(parseBar(bar.text), measured, { foreign });
  return { ...bar, ...outcome, actual: known(outcome.actual), limit: known(outcome.limit) };
}

function sum(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const part of parts) for (const [key, value] of Object.entries(part)) total[key] = (total[key] ?? 0) + value;
  return total;
}

const known = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);
const uniqueBy = <T>(list: readonly T[], key: (element: T) => string): T[] =>
  [...new Map(list.map((element) => [key(element), element] as const).reverse()).values()].reverse();
