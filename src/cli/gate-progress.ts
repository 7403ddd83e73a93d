import type { Standing } from '../duel/session.js';
import type { SuiteListener } from '../runner/suite.js';
import { progress, rewritable } from './progress.js';
import { plainLine, Screen, type Stream } from './screen.js';

/** Pairs between two lines where there is no terminal. */
const lineEvery = 4;

export interface GateListener extends SuiteListener {
  /** @param within what the gate itself is a part of, to be said before */
  standing(session: number, at: Standing, within?: string): void;
  clear(): void;
}

/** How far a gate is: fault bars like any suite, then pair by pair what is decided already. */
export function gateProgress(stream: Stream = process.stderr): GateListener {
  const suite = progress(stream);
  const screen = rewritable(stream) ? new Screen(stream) : null;
  return {
    started: suite.started,
    judged: suite.judged,
    standing(session, at, within = '') {
      suite.clear();
      const line = within + said(session, at);
      if (screen) screen.draw([plainLine(line), ...at.figures.map(figureLine)]);
      else if (at.pairs % lineEvery === 0) stream.write(`${line}\n`);
    },
    clear() {
      suite.clear();
      screen?.clear();
    },
  };
}

function said(session: number, { pairs, cap, leftSeconds, figures }: Standing): string {
  const of = (wanted: string): number => figures.filter(({ verdict }) => verdict === wanted).length;
  const [passed, failed] = [of('pass'), of('fail')];
  const decided = `${passed} of ${figures.length} figures passed${failed > 0 ? `, ${failed} failed` : ''}`;
  const which = session === 0 ? '' : 'confirming: ';
  return `${which}pair ${pairs} of at most ${cap}, ${decided}, at most ${Math.ceil(leftSeconds)} s left`;
}

/** One figure so far: its name, the best guess, and whether it is decided. */
function figureLine({ name, slowdown, verdict }: Standing['figures'][number]) {
  const guess = Number.isFinite(slowdown)
    ? `${slowdown >= 0 ? '+' : '−'}${(100 * Math.abs(slowdown)).toFixed(1)} %`
    : '–';
  const words = { pass: 'pass', fail: 'FAIL', more: '…', inconclusive: 'undecided' };
  return plainLine(`  ${name.padEnd(24)}${guess.padStart(10)}  ${words[verdict]}`);
}
