import { intervalsOf } from '../gates/statistics/quantile-interval.js';
import { differenceOfEstimates, type Estimate, type Interval, marginOfRounds } from '../measures/difference.js';
import { meanOf, quantileOf, sizeOf } from '../measures/series.js';
import { bounded, doubtByControl, doubtOfDifference } from './doubt.js';
import type { Environment, MeasureResult, Result, RunReport } from './model.js';
import { type Palette, plural, table } from './text.js';

/** What must be the same for two runs' figures to be comparable. The revision may differ: that is the point. */
const decisive = {
  cpuModel: 'CPU',
  cores: 'cores',
  memoryBytes: 'memory',
  arch: 'architecture',
  kernel: 'kernel',
  node: 'Node',
  congestionControl: 'congestion control',
  tcpRmem: 'tcp_rmem',
  tcpWmem: 'tcp_wmem',
  serverCpu: "server's core",
  clientCpu: "client's core",
} as const satisfies Partial<Record<keyof Environment, string>>;

/** One line for each thing in which the two runs' surroundings differ; empty when figures may be laid side by side. */
export function environmentDifferences(a: RunReport, b: RunReport): string[] {
  const lines = Object.entries(decisive)
    .map(([key, name]) => [name, a.environment[key as keyof Environment], b.environment[key as keyof Environment]])
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => `${name}: ${before ?? 'unknown'} and ${after ?? 'unknown'}`);
  // A run from before they were kept says nothing of them.
  const after = b.environment.sysctls ?? {};
  for (const [name, value] of Object.entries(a.environment.sysctls ?? {}))
    if (after[name] !== undefined && after[name] !== value) lines.push(`${name}: ${value} and ${after[name]}`);
  if (a.size !== b.size) lines.push(`size of the run: ${a.size} and ${b.size}`);
  return lines;
}

/** One measure of one scenario on one target, in both runs. */
export interface Change {
  readonly scenario: string;
  readonly target: string;
  readonly measure: MeasureResult;
  /** The same in the other run. */
  readonly twin: MeasureResult;
  /** `p50`, `p99`, `mean` or `share`. */
  readonly aggregate: string;
  readonly before: number;
  readonly after: number;
  /**
   * 95 % interval of `after − before`, from the scatter inside the runs; null where each has but one figure, or one start of the server. With 0 in it,
   * nothing says that the difference is more than noise.
   */
  readonly interval: Interval | null;
  /** Why the difference may be something else's than the servers'; null: nothing is known against it. */
  readonly doubt: string | null;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** `scenario on target: pass → fail`. */
  readonly verdicts: readonly string[];
  /** What only one of the runs has: `scenario on target`. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

export function compareRuns(a: RunReport, b: RunReport): Comparison {
  const pairs = a.results.flatMap((before) => {
    const after = twin(before, b);
    return after ? [{ before, after }] : [];
  });
  const changes = pairs.flatMap(({ before, after }) => changesOf(before, after));
  const controls = new Set(a.targets.filter(({ role }) => role === 'control').map(({ name }) => name));
  return {
    changes: changes.map((change) => ({ ...change, doubt: change.doubt ?? driftOf(change, changes, controls) })),
    verdicts: pairs
      .filter(({ before, after }) => before.verdict !== after.verdict)
      .map(({ before, after }) => `${place(before)}: ${before.verdict} → ${after.verdict}`),
    onlyBefore: a.results.filter((result) => !twin(result, b)).map(place),
    onlyAfter: b.results.filter((result) => !twin(result, a)).map(place),
  };
}

const place = ({ scenario, target }: Result): string => `${scenario} on ${target}`;
const twin = ({ scenario, target }: Result, { results }: RunReport): Result | undefined =>
  results.find((each) => each.scenario === scenario && each.target === target);

function changesOf(before: Result, after: Result): Change[] {
  return before.measures
    .filter(({ detail }) => !detail)
    .flatMap((measure) => {
      const other = after.measures.find((each) => sameSeries(measure, each));
      if (!other || sizeOf(measure.series) === 0 || sizeOf(other.series) === 0) return [];
      const { scenario, target } = before;
      const sides = [
        { result: before, measure },
        { result: after, measure: other },
      ] as const;
      const change = (aggregate: string, of: (from: MeasureResult) => number): Change => ({
        ...{ scenario, target, measure, twin: other, aggregate, before: of(measure), after: of(other) },
        ...{
          interval: intervalOf(aggregate, measure, other, of),
          doubt: doubtOfDifference(...sides, of(other) - of(measure)),
        },
      });
      if (measure.series.kind === 'count') return [change('share', ({ series }) => meanOf(series))];
      const median = change('p50', ({ series }) => quantileOf(series, 50));
      return measure.series.kind === 'histogram'
        ? [median, change('p99', ({ series }) => quantileOf(series, 99))]
        : [median];
    });
}

/** What the control did meanwhile, which is the same program in both runs. */
function driftOf(change: Change, changes: readonly Change[], controls: ReadonlySet<string>): string | null {
  const { scenario, measure, aggregate, interval } = change;
  // Of counts nothing depends on how fast the machine is; and where no difference is seen, none is in doubt.
  if (measure.series.kind === 'count' || (interval && interval[0] <= 0 && interval[1] >= 0)) return null;
  const control = changes.find(
    (each) =>
      each.scenario === scenario &&
      controls.has(each.target) &&
      each.aggregate === aggregate &&
      sameSeries(each.measure, measure),
  );
  return control === undefined ? null : doubtByControl(change, control);
}

const sameSeries = (a: MeasureResult, b: MeasureResult): boolean =>
  a.name === b.name &&
  a.series.kind === b.series.kind &&
  JSON.stringify(Object.entries(a.labels).sort()) === JSON.stringify(Object.entries(b.labels).sort());

/** From the samples of each run, and from its rounds where it has three: what holds both. */
function intervalOf(
  aggregate: string,
  before: MeasureResult,
  after: MeasureResult,
  of: (from: MeasureResult) => number,
): Interval | null {
  const [a, b] = [estimate(aggregate, before, of), estimate(aggregate, after, of)];
  const inside = a && b ? differenceOfEstimates(a, b) : null;
  const [one, other] = [before.rounds?.[aggregate], after.rounds?.[aggregate]];
  const margin = one && other ? marginOfRounds(one, other) : null;
  if (margin === null) return inside;
  const difference = of(after) - of(before);
  const [low, high] = inside ?? [difference, difference];
  return [Math.min(low, difference - margin), Math.max(high, difference + margin)];
}

function estimate(aggregate: string, measure: MeasureResult, of: (from: MeasureResult) => number): Estimate | null {
  // Not those of the report: they hold the rounds' scatter, which has its own way of being taken apart.
  const [low, high] = (measure.intervals?.[aggregate] && intervalsOf(measure.series)[aggregate]) ?? [null, null];
  return low === null || high === null ? null : { value: of(measure), low, high };
}

/** @param forced what differs between the surroundings, where the user wanted to see it all the same */
export function renderComparison(a: RunReport, b: RunReport, forced: readonly string[], paint: Palette): string {
  const { changes, verdicts, onlyBefore, onlyAfter } = compareRuns(a, b);
  const sections = [[`${paint.strong(a.id)} → ${paint.strong(b.id)}: figures side by side; this decides nothing`]];
  if (forced.length > 0)
    sections.push([
      paint.warn('NOT COMPARABLE: the surroundings differ, so a difference may be theirs'),
      ...forced.map((line) => `  ${line}`),
    ]);
  if (verdicts.length > 0)
    sections.push([paint.strong('Verdicts that changed'), ...verdicts.map((line) => `  ${line}`)]);
  if (changes.length > 0) {
    const header = ['', '', '', 'before', 'after', 'change', 'in 95 %', ''].map(paint.faint);
    sections.push(table([header, ...changes.map(row)], 3));
  }
  const doubted = doubts(changes);
  if (doubted.length > 0)
    sections.push([paint.warn('In doubt: these differences may not be the servers’'), ...doubted]);
  const only = [
    ...onlyBefore.map((at) => `  ${at}: only in the first`),
    ...onlyAfter.map((at) => `  ${at}: only in the second`),
  ];
  if (only.length > 0) sections.push([paint.strong(`${plural(only.length, 'result')} of one run alone`), ...only]);
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

/** What is known against the differences, once for each reason. */
function doubts(changes: readonly Change[]): string[] {
  const about = new Map<string, Set<string>>();
  for (const { scenario, target, measure, doubt } of changes)
    if (doubt !== null)
      about.set(doubt, (about.get(doubt) ?? new Set()).add(`${titleOf(measure)} of ${scenario} on ${target}`));
  return [...about].map(([doubt, places]) => `  ${[...places].join(', ')}: ${doubt}`);
}

const titleOf = ({ title, labels }: MeasureResult): string => {
  const words = Object.values(labels).join(', ');
  return words === '' ? title : `${title} (${words})`;
};

function row({ scenario, target, measure, twin, aggregate, before, after, interval, doubt }: Change): string[] {
  const title = `${titleOf(measure)} ${aggregate}${measure.unit === '' ? '' : `, ${measure.unit}`}`;
  const share = (difference: number) => (before === 0 ? '' : percent((100 * difference) / before));
  const range = interval === null || before === 0 ? '' : `${interval.map(share).join(' to ')}`;
  return [
    ...[scenario, target, title, bounded(measure, before), bounded(twin, after)],
    ...[share(after - before), range, wordOf({ measure, before, after, interval, doubt })],
  ];
}

const percent = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)} %`;

function wordOf({
  measure,
  before,
  after,
  interval,
  doubt,
}: Pick<Change, 'measure' | 'before' | 'after' | 'interval' | 'doubt'>) {
  if (doubt !== null) return 'in doubt';
  if (after === before) return '';
  if (interval === null) return 'one round each';
  if (interval[0] <= 0 && interval[1] >= 0) return 'no difference seen';
  return after > before === (measure.better === 'higher') ? 'better' : 'worse';
}
