import type { GateCount, GateFigure, GateSession, GateSummary } from './model.js';
import { figure, type Palette, table } from './text.js';

/** How a gate decided, as text: the builds, then each session with its figures. */
export function gateSections(gate: GateSummary, paint: Palette): string[][] {
  const { baseline, candidate, reasons, sessions, counts = [] } = gate;
  const about = [`baseline ${baseline}, candidate ${candidate}`, ...reasons.map((reason) => `  ${reason}`)];
  const counted = [countHeader.map(paint.faint), ...counts.map(countCells)];
  const counters = counts.length === 0 ? [] : [[paint.strong('Counted, not timed'), ...table(counted, 1)]];
  return [about, ...sessions.map((session, i) => sessionLines(session, i, paint)), ...counters];
}

export const countHeader = ['', 'baseline', 'candidate', 'change'] as const;

export function countCells({ title, unit, base, cand }: GateCount): string[] {
  return [`${title}, ${unit}`, figure(base), figure(cand), base > 0 ? signed(cand / base - 1) : '–'];
}

/** `PASS`, `INVALID`: the gate's word, where it says more than the run's verdict. */
export const gateWord = ({ verdict }: GateSummary): string => verdict.replace('-', ' ');

function sessionLines({ seed, pairs, cap, seconds, controlSpread, figures }: GateSession, i: number, paint: Palette) {
  const spread =
    controlSpread === null ? 'too few controls for a spread' : `controls spread by ${percent(controlSpread)}`;
  const title = `${i === 0 ? 'First session' : 'Second session, to confirm'}: ${pairs} of at most ${cap} pairs in ${Math.round(seconds)} s, ${spread}, seed ${seed}`;
  const header = [...gateHeader, ''].map(paint.faint);
  return [paint.strong(title), ...table([header, ...figures.map((figure) => row(figure, paint))], 1)];
}

/** Above the cells of a figure. */
export const gateHeader = ['', 'slowdown', '95 % interval', 'noise', 'margin', 'could have seen', 'pairs'] as const;

/** One figure of a session as text; its verdict is the renderer's. */
export function figureCells({ title, pairs, slowdown, low, high, noise, margin, detectable }: GateFigure): string[] {
  const bounds = low === null || high === null ? '–' : `${signed(low)} … ${signed(high)}`;
  const seen = detectable === null ? 'nothing' : percent(detectable);
  return [title, signed(slowdown), bounds, percent(noise), percent(margin), seen, String(pairs)];
}

function row(figure: GateFigure, paint: Palette): string[] {
  const undecided = paint.warn('undecided');
  const words = { pass: paint.good('pass'), fail: paint.bad('FAIL'), more: undecided, inconclusive: undecided };
  return [...figureCells(figure), words[figure.verdict]];
}

/** A share as `4.2 %`. */
export const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);

const signed = (share: number | null): string =>
  share === null ? '–' : `${share >= 0 ? '+' : '−'}${percent(Math.abs(share))}`;
