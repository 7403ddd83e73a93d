import { controlSpread, type GateOutcome } from '../gates/outcome.js';
import type { Build } from '../gates/schedule.js';
import { combine, type Verdict } from '../gates/verdict.js';
import { count, type Measure, type Series, values } from '../measures/measure.js';
import { unnoticed } from '../measures/notice.js';
import { wrongAnswers } from '../measures/throughput.js';
import { percent } from '../reports/gate.js';
import type { BarResult, GateFigure, GateSession, GateSummary, MeasureResult, Result } from '../reports/model.js';
import { gatedFigures } from './figures.js';
import type { Session } from './session.js';

/** The scenario under which a gate's own figures are reported. */
export const gateScenario = {
  name: 'gate',
  group: 'gate',
  question: 'Is the candidate slower than the baseline, or wrong where the baseline is right?',
} as const;

/** What both slots of the gate say about one build. The baseline is not judged. */
export function resultOf(sessions: readonly Session[], build: Build): Result {
  const bars = build === 'cand' ? barsOf(sessions) : [];
  const died = sessions.map((session) => session.died).find((each) => each?.build === build);
  const measures = measuresOf(sessions, build);
  const judged: Verdict = build === 'cand' ? combine(bars.map(({ verdict }) => verdict)) : 'pass';
  return {
    scenario: gateScenario.name,
    target: nameOf[build],
    verdict: died ? 'fail' : judged,
    measures,
    bars,
    excluded: {},
    notes: [],
    disturbance: 0,
    seconds: rounded(sessions.reduce((sum, { seconds }) => sum + seconds, 0)),
    ...(died ? { problem: `the server died: ${died.why}` } : {}),
  };
}

export const nameOf: Record<Build, string> = { base: 'baseline', cand: 'candidate' };

function measuresOf(sessions: readonly Session[], build: Build): MeasureResult[] {
  const costs = sessions.flatMap(({ pairs }) => pairs.map((pair) => pair[build]));
  const sum = (name: 'wrongAnswers' | 'answers' | 'cuts' | 'unnoticed'): number =>
    sessions.reduce((total, session) => total + session[name][build], 0);
  const figures = gatedFigures.flatMap((measure) => {
    const found = costs.map((cost) => cost[measure.name]).filter((cost) => cost !== undefined);
    return found.length > 0 ? [measureResult(measure, values(found))] : [];
  });
  return [
    ...figures,
    measureResult(wrongAnswers, count(sum('wrongAnswers'), sum('answers'))),
    ...(sum('cuts') > 0 ? [measureResult(unnoticed, count(sum('unnoticed'), sum('cuts')))] : []),
  ];
}

const measureResult = (measure: Measure, series: Series): MeasureResult => ({ ...measure, labels: {}, series });

/** The last session's figures as bars, and the two things that no speed makes up for. */
function barsOf(sessions: readonly Session[]): BarResult[] {
  const last = sessions.at(-1);
  if (!last) return [];
  return [...faultBarsOf(sessions), ...figuresOf(last).map(barOf)];
}

/** Wrong answers and unnoticed cuts of the candidate, over all sessions. */
export function faultBarsOf(sessions: readonly Session[]): BarResult[] {
  const sum = (name: 'wrongAnswers' | 'answers' | 'cuts' | 'unnoticed'): number =>
    sessions.reduce((total, session) => total + session[name].cand, 0);
  const wrong = countBar('wrong_answers count == 0', 'requests', sum('wrongAnswers'), sum('answers'));
  if (sum('cuts') === 0) return [wrong];
  return [wrong, countBar('unnoticed count == 0', 'cuts', sum('unnoticed'), sum('cuts'))];
}

function countBar(text: string, unit: string, found: number, of: number): BarResult {
  if (of === 0) return { text, verdict: 'inconclusive', actual: null, limit: 0, unit, samples: 0, detail: 'no data' };
  const verdict = found === 0 ? 'pass' : 'fail';
  return { text, verdict, actual: found, limit: 0, unit, samples: of, detail: '' };
}

function barOf({ name, verdict, slowdown, margin, detectable, pairs }: GateFigure): BarResult {
  const seen = detectable === null ? 'could have seen nothing' : `could have seen ${percent(detectable)}`;
  return {
    text: `${name} slowdown < ${percent(margin)}`,
    verdict: verdict === 'more' ? 'inconclusive' : verdict,
    actual: slowdown === null ? null : rounded(100 * slowdown),
    limit: rounded(100 * margin),
    unit: '%',
    samples: pairs,
    detail: seen,
  };
}

export function figuresOf({ figures }: Session): GateFigure[] {
  return figures.map(({ name, verdict, pairs, slowdown, low, high, noise, margin, detectable }) => ({
    ...{ name, title: gatedFigures.find((each) => each.name === name)!.title, verdict, pairs, margin },
    ...{ slowdown: known(slowdown), low: known(low), high: known(high) },
    ...{ noise: known(noise), detectable: known(detectable) },
  }));
}

export function summaryOf(
  sessions: readonly Session[],
  { verdict, reasons }: GateOutcome,
  builds: Pick<GateSummary, 'baseline' | 'candidate'>,
): GateSummary {
  return { verdict, reasons, ...builds, sessions: sessions.map(sessionOf) };
}

function sessionOf(session: Session): GateSession {
  const { seed, pairs, cap, seconds, controls } = session;
  return {
    ...{ seed, pairs: pairs.length, cap, seconds: rounded(seconds) },
    controlSpread: known(controlSpread(controls)),
    figures: figuresOf(session),
  };
}

const known = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);
const rounded = (figure: number): number => Math.round(figure * 100) / 100;
