import type { Standing } from '../duel/session.js';
import type { SuiteListener } from '../runner/suite.js';
import { progress } from './progress.js';

/** Pairs between two lines where there is no terminal. */
const lineEvery = 4;

export interface GateListener extends SuiteListener {
  standing(session: number, at: Standing): void;
  clear(): void;
}

/** How far a gate is: fault bars like any suite, then pair by pair what is decided already. */
export function gateProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr,
): GateListener {
  const suite = progress(stream as NodeJS.WriteStream);
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  return {
    ...suite,
    standing(session, at) {
      if (live) {
        suite.clear();
        stream.write(`\r${said(session, at).slice(0, (stream.columns ?? 80) - 1)}\u001b[K`);
      } else if (at.pairs % lineEvery === 0) stream.write(`${said(session, at)}\n`);
    },
    clear() {
      suite.clear();
      if (live) stream.write('\r\u001b[K');
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
