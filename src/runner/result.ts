import { parseBar } from '../gates/bars.js';
import { evaluateBar, type Measured } from '../gates/evaluate.js';
import { combine, type Verdict } from '../gates/verdict.js';
import type { Labels, Measure, Series } from '../measures/measure.js';
import { mergeSeries, sizeOf } from '../measures/series.js';
import type { BarResult, MeasureResult, Result } from '../reports/model.js';
import type { Target } from '../targets/target.js';
import type { ClientReport } from '../traffic/client.js';
import type { Scenario } from './scenario.js';

/** Takes each record as it comes, so that nothing is lost when the run ends early. */
export type Keep = (record: Readonly<Record<string, unknown>>) => void;

/** Gathers what the rounds of one scenario on one target bring, and judges it in the end. */
export class ResultBuilder {
  readonly #measured = new Map<string, MeasureResult>();
  readonly #absent = new Map<string, string>();
  readonly #excluded: Record<string, number> = {};
  readonly #notes: string[] = [];
  /** Whether any round was broken off: its data are kept, and decide nothing. */
  incomplete = false;
  problem: string | null = null;
  skipped: string | null = null;
  seconds = 0;

  constructor(
    readonly scenario: Scenario,
    readonly target: Target,
    readonly keep: Keep,
  ) {}

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
    const key = JSON.stringify([measure.name, Object.entries(labels).sort()]);
    const before = this.#measured.get(key);
    const lag = Math.max(clientLag ?? 0, before?.clientLag ?? 0);
    this.#measured.set(key, {
      ...measure,
      labels,
      series: before ? mergeSeries(before.series, series) : series,
      ...(lag > 0 ? { clientLag: lag } : {}),
    });
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
    }
    this.keep({ type: 'client', ...about, seed: report.seed, ended: report.ended, ...report.client });
  }

  /** @throws BarError when a bar selects nothing although everything was measured */
  finish(): Result {
    const bars = this.skipped === null ? this.#judge() : [];
    return {
      scenario: this.scenario.name,
      target: this.target.name,
      verdict: this.#verdict(bars),
      measures: [...this.#measured.values()],
      bars,
      excluded: this.#excluded,
      notes: this.#notes,
      seconds: Math.round(this.seconds * 10) / 10,
      ...(this.problem === null && this.skipped === null ? {} : { problem: this.problem ?? this.skipped! }),
    };
  }

  #verdict(bars: readonly BarResult[]): Verdict {
    if (this.skipped !== null) return 'skipped';
    if (this.problem !== null) return 'fail';
    if (this.incomplete) return 'inconclusive';
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
      if (this.incomplete || this.problem !== null)
        return { ...blank, verdict: 'inconclusive', detail: 'the scenario did not come to its end' };
      const outcome = evaluateBar(bar, this.#asMeasured());
      return { ...blank, ...outcome, actual: known(outcome.actual), limit: known(outcome.limit) };
    });
  }

  #asMeasured(): Measured[] {
    return [...this.#measured.values()].map(({ name, labels, series, clientLag }) => ({
      measure: name,
      labels,
      series,
      ...(clientLag === undefined ? {} : { clientLag }),
    }));
  }
}

const known = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);

/** What is not known is no value: absent is not zero. */
function withoutNaN(series: Series): Series {
  if (series.kind !== 'values') return series;
  return sizeOf(series) === 0 ? series : { kind: 'values', values: series.values.filter(Number.isFinite) };
}
