import { countCells, countHeader, figureCells, gateHeader, percent } from '../gate.js';
import type { GateSummary } from '../model.js';
import { escapeHtml, htmlTable } from './markup.js';

/** How a gate decided: its reasons, and each session's figures. */
export function gateSection({ baseline, candidate, reasons, sessions, counts = [] }: GateSummary): string {
  const said = reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('');
  const tables = sessions.map(({ seed, pairs, cap, controlSpread, figures }, i) => {
    const title = `Session ${i + 1}: ${pairs} of at most ${cap} pairs, seed ${seed}, controls spread by ${percent(controlSpread)}`;
    const rows = figures.map((figure) => {
      const word = { pass: 'pass', fail: 'fail', more: 'undecided', inconclusive: 'undecided' }[figure.verdict];
      const shade = word === 'undecided' ? 'inconclusive' : word;
      return [...figureCells(figure).map(escapeHtml), `<span class="badge ${shade}">${word}</span>`];
    });
    return htmlTable(escapeHtml(title), [...gateHeader, ''], rows);
  });
  const counted = counts.map((count) => countCells(count).map(escapeHtml));
  const table = counts.length === 0 ? '' : htmlTable('Counted, not timed', countHeader, counted);
  return `<h2>Baseline and candidate</h2><p>${escapeHtml(baseline)} against ${escapeHtml(candidate)}</p><ul>${said}</ul>${tables.join('')}${table}`;
}
