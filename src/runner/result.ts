import { parseBar } from '../gates/bars.js';
import { evaluateBar, type Measured } from '../gates/evaluate.js';
import { figuresOfRound, intervalsOf } from '../gates/statistics/quantile-interval.js';
import { combine, type Verdict } from '../gates/verdict.js';
import type { Labels, Measure, Series } from '../measures/measure.js';
import { mergeSeries, sizeOf } from '../measures/series.js';
import type { BarResult, Harness, MeasureResult, Result } from '../reports/model.js';
import type { Target } from '../targets/target.js';
import type { ClientReport } from '../traffic/client.js';
import { bothHarnesses } from './harness-watch.js';
import type { Scenario } from './scenario.js';

/** Takes each record as it comes, so that nothing is lost when the run ends early. */
export type Keep = (record: Readonly<Record<string, unknown>>) => void;

/**
 * Why a scenario did not come to its end.
 *
 * - `skipped`: the target lacks what it takes
 * - `server`: it did not start, or died: the target's fault
 * - `interrupted`: someone pressed Ctrl-C
 * - `testbed`: an error of our own
 */
export interface Failure {
  readonly kind: 'skipped' | 'server' | 'interrupted' | 'testbed';
  readonly why: string;
}

const verdictOf = { skipped: 'skipped', server: 'fail', interrupted: 'inconclusive', testbed: 'inconclusive' } as const;

/** Gathers what the rounds of one scenario on one target bring, and judges it in the end. */
export class ResultBuilder {
  readonly #measured = new Map<string, MeasureResult>();
  /** What each round brought, by the measure's key. */
  readonly #rounds = new Map<string, Map<number, Series>>();
  readonly #absent = new Map<string, string>();
  readonly #doubts = new Map<string, string>();
  #harness: Harness | null = null;
  readonly #receiveBuffers = new Set<number>();
  readonly #excluded: Record<string, number> = {};
  readonly #notes: string[] = [];
  #failure: Failure | null = null;
  #disturbance = 0;
  seconds = 0;

  constructor(
    readonly scenario: Scenario,
    readonly target: Target,
    readonly keep: Keep,
  ) {}

  /**
   * How much of their cores others took from the server and the client, at most, in any round; shares. What is timed
   * can still pass in a disturbed round, and no longer fail.
   */
  disturbed(server: number, client: number): void {
    const worst = Math.max(server || 0, client || 0);
    this.#disturbance = Math.max(this.#disturbance, worst);
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** What was measured until then is kept, and decides nothing. The first failure counts. */
  fail(kind: Failure['kind'], why: string): void {
    this.#failure ??= { kind, why };
  }

  add(round: number, measure: Measure, labels: Labels, given: Series, clientLag?: number): void {
    if (!this.scenario.measures.includes(measure))
      throw new TypeError(`scenario ${this.scenario.name} records ${measure.name}, which it does not declare`);
    const series = withoutNaN(given);
    const { scenario, target } = this;
    this.keep({
      type: 'measure',
      scenario: scenario.name,
      target: target.name,
      round,
      measure: measure.name,
      labels,
      series,
    });
    const key = keyOf(measure.name, labels);
    const before = this.#measured.get(key);
    const rounds = this.#rounds.get(key) ?? new Map<number, Series>();
    const same = rounds.get(round);
    this.#rounds.set(key, rounds.set(round, same ? mergeSeries(same, series) : series));
    const lag = Math.max(clientLag ?? 0, before?.clientLag ?? 0);
    this.#measured.set(key, {
      ...measure,
      labels,
      series: before ? mergeSeries(before.series, series) : series,
      ...(lag > 0 ? { clientLag: lag } : {}),
    });
  }

  /** The last reason stands: each round may have its own figure in it. */
  doubt(measure: Measure, why: string): void {
    this.#doubts.set(measure.name, why);
  }

  /** What the testbed itself did in a round. */
  harnessed(harness: Harness): void {
    this.#harness = this.#harness === null ? harness : bothHarnesses(this.#harness, harness);
  }

  absent(measure: Measure, why: string): void {
    this.#absent.set(measure.name, why);
  }

  exclude(reasons: Readonly<Record<string, number>>): void {
    for (const [reason, count] of Object.entries(reasons))
      this.#excluded[reason] = (this.#excluded[reason] ?? 0) + count;
  }

  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  keepReport(round: number, report: ClientReport): void {
    const about = { scenario: this.scenario.name, target: this.target.name, round };
    for (const { samples, ...cohort } of report.cohorts) {
      this.keep({ type: 'cohort', ...about, ...cohort });
      for (const sample of samples) this.keep({ type: 'cut', ...about, ...sample });
      for (const { receipt } of samples) if (receipt.receiveBuffer > 0) this.#receiveBuffers.add(receipt.receiveBuffer);
    }
    this.keep({ type: 'client', ...about, seed: report.seed, ended: report.ended, ...report.client });
  }

  /** @throws BarError when a bar selects nothing although everything was measured */
  finish(): Result {
    const bars = this.#failure === null ? this.#judge() : [];
    return {
      scenario: this.scenario.name,
      target: this.target.name,
      verdict: this.#verdict(bars),
      measures: this.#inOrder(),
      bars,
      excluded: this.#excluded,
      notes: this.#notes,
      disturbance: Math.round(this.#disturbance * 100) / 100,
      seconds: Math.round(this.seconds * 10) / 10,
      ...(this.#harness === null ? {} : { harness: this.#harness }),
      ...(this.#receiveBuffers.size === 0 ? {} : { receiveBuffers: [...this.#receiveBuffers].sort((a, b) => a - b) }),
      ...(this.#failure === null ? {} : { problem: this.#failure.why }),
    };
  }

  /** As the scenario declares them, whatever came first. */
  #inOrder(): MeasureResult[] {
    const names = this.scenario.measures.map(({ name }) => name);
    return this.#withDoubts()
      .map((each) => this.#withIntervals(each))
      .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  }

  /** Of what is timed, the samples of one or two starts bound that start, and not what the next would show. */
  #withIntervals(measured: MeasureResult): MeasureResult {
    const { name, labels, series, timed } = measured;
    const each = [...this.#rounds.get(keyOf(name, labels))!.values()].map(figuresOfRound);
    const names = Object.keys(each[0] ?? {}).filter((figure) => each.every((round) => figure in round));
    const rounds = Object.fromEntries(names.map((figure) => [figure, each.map((round) => round[figure]!)]));
    const bounded = timed && each.length < 3 ? {} : { intervals: intervalsOf(series, rounds) };
    return { ...measured, ...(each.length > 1 && names.length > 0 ? { rounds } : {}), ...bounded };
  }

  #withDoubts(): MeasureResult[] {
    return [...this.#measured.values()].map((each) => {
      const doubt = this.#doubts.get(each.name);
      return doubt === undefined ? each : { ...each, doubt };
    });
  }

  #verdict(bars: readonly BarResult[]): Verdict {
    if (this.#failure !== null) return verdictOf[this.#failure.kind];
    if (bars.length > 0) return combine(bars.map((bar) => bar.verdict));
    return this.#measured.size > 0 ? 'pass' : 'inconclusive';
  }

  #judge(): BarResult[] {
    return this.scenario.bars.map((original) => {
      const limit = this.target.knownLimits.find(
        (each) => each.scenario === this.scenario.name && each.bar === original,
      );
      const text = limit?.instead ?? original;
      const replaced = limit ? { knownLimit: { original, reason: limit.reason } } : {};
      const bar = parseBar(text);
      const unit = this.scenario.measures.find((measure) => measure.name === bar.measure)!.unit;
      const blank = { text, actual: null, limit: null, unit, samples: 0, ...replaced };
      const why = limit && limit.instead === null ? limit.reason : this.#absent.get(bar.measure);
      if (why !== undefined) return { ...blank, verdict: 'skipped', detail: why };
      const outcome = evaluateBar(bar, this.#asMeasured(), { foreign: this.#disturbance });
      return { ...blank, ...outcome, actual: known(outcome.actual), limit: known(outcome.limit) };
    });
  }

  #asMeasured(): Measured[] {
    return this.#withDoubts().map(({ name, ...rest }) => ({ measure: name, ...rest }));
  }
}

const keyOf = (name: string, labels: Labels): string => JSON.stringify([name, Object.entries(labels).sort()]);
const known = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);

/** What is not known is no value: absent is not zero. */
function withoutNaN(series: Series): Series {
  if (series.kind !== 'values') return series;
  return sizeOf(series) === 0 ? series : { kind: 'values', values: series.values.filter(Number.isFinite) };
}
