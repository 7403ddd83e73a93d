import type { LedgerLine } from '../gates/ledger.js';
import { percent } from '../reports/gate.js';
import { palette, table } from '../reports/text.js';
import { takesColour } from './progress.js';

/** The ledger of a self-test on real servers: what was counted, its bounds, and what becomes of each claim. */
export function renderLedger(lines: readonly LedgerLine[], seed: number): string {
  const paint = palette(takesColour(process.stdout));
  const words = { proved: paint.good('proved'), open: 'not refuted', broken: paint.bad('BROKEN'), counted: 'counted' };
  const header = ['slower by', 'gates', 'FAIL', '95 % bounds', 'PASS', 'undecided', 'invalid', ''].map(paint.faint);
  const rows = lines.map(({ slowdown, gates, fail, low, high, pass, inconclusive, invalid, verdict }) => [
    ...[percent(slowdown), String(gates), String(fail), `${percent(low)} … ${percent(high)}`],
    ...[String(pass), String(inconclusive), String(invalid), words[verdict]],
  ]);
  const broken = lines.some(({ verdict }) => verdict === 'broken');
  const proved = lines.length > 0 && lines.every(({ verdict }) => verdict === 'proved' || verdict === 'counted');
  const word = broken ? paint.bad('BROKEN') : paint.good(proved ? 'PROVED' : 'NOT REFUTED');
  return [`${word}  gates of known outcome on real servers, seed ${seed}`, ...table([header, ...rows], 0)].join('\n');
}
