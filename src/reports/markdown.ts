import type { Verdict } from '../gates/verdict.js';
import { figures } from './figures.js';
import { countCells, countHeader, figureCells, gateHeader } from './gate.js';
import type { GateSummary, RunReport } from './model.js';
import { complaints, judgedTargets } from './said.js';
import { palette } from './text.js';

const marks: Record<Verdict, string> = {
  pass: '✅ pass',
  fail: '❌ fail',
  inconclusive: '⚠️ unclear',
  skipped: '➖ skipped',
};

/** A summary for a pull request or a CI step (GitHub's dialect): verdict, grid, what was not passed, figures folded away. */
export function renderMarkdown(report: RunReport): string {
  const { environment: env, tool } = report;
  const word = report.interrupted ? '⚠️ interrupted' : marks[report.verdict];
  const judged = judgedTargets(report).map(({ name }) => escapeMarkdown(name));
  return [
    `## halfopen: ${word}`,
    `${judged.join(', ')} · ${report.size} run of ${Math.round(report.seconds)} s, seed ${report.seed}`,
    ...(report.gate ? gateParts(report.gate) : []),
    grid(report),
    notPassed(report),
    details(report),
    `<sub>halfopen ${escapeMarkdown(tool.version)} · Node ${escapeMarkdown(env.node)} · ${escapeMarkdown(env.kernel)} · ${env.cores} × ${escapeMarkdown(env.cpuModel)}</sub>`,
    '',
  ]
    .filter((part, i, all) => part !== '' || i === all.length - 1)
    .join('\n\n');
}

function gateParts({ baseline, candidate, reasons, sessions, counts = [] }: GateSummary): string[] {
  const said = reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n');
  const tables = sessions.map(({ seed, pairs, cap, figures }, i) => {
    const rows = figures.map((figure) => {
      const verdict = figure.verdict === 'more' ? 'inconclusive' : figure.verdict;
      return line([...figureCells(figure).map(escapeMarkdown), marks[verdict]]);
    });
    const head = [line([...gateHeader, '']), line(['---', ...gateHeader.map(() => '---:')])];
    return [`Session ${i + 1}: ${pairs} of at most ${cap} pairs, seed ${seed}`, '', ...head, ...rows].join('\n');
  });
  const counted = counts.map((count) => line(countCells(count).map(escapeMarkdown)));
  const head = [line(countHeader), line(['---', '---:', '---:', '---:'])];
  const counters = counts.length === 0 ? [] : [['Counted, not timed', '', ...head, ...counted].join('\n')];
  return [`${escapeMarkdown(baseline)} against ${escapeMarkdown(candidate)}`, said, ...tables, ...counters];
}

function grid(report: RunReport): string {
  const names = report.targets.map(
    ({ name, role }) => `${escapeMarkdown(name)}${role === 'control' ? ' (control)' : ''}`,
  );
  const rows = report.scenarios.map(({ name }) => {
    const cells = report.targets.map((target) => {
      const result = report.results.find((each) => each.scenario === name && each.target === target.name);
      return result ? marks[result.verdict] : 'not run';
    });
    return line([escapeMarkdown(name), ...cells]);
  });
  return [line(['scenario', ...names]), line(['---', ...names.map(() => '---')]), ...rows].join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function notPassed(report: RunReport): string {
  const found = complaints(report);
  if (found.length === 0) return '';
  const items = found.map(
    ({ verdict, scenario, target, text }) =>
      `- ${marks[verdict]} **${escapeMarkdown(scenario)}** on ${escapeMarkdown(target)}: ${escapeMarkdown(text)}`,
  );
  return ['### Not passed', '', ...items].join('\n');
}

function details(report: RunReport): string {
  const lines = figures(report, palette(false));
  if (lines.length === 0) return '';
  return ['<details><summary>Figures</summary>', '', ...lines.map((each) => `    ${each}`), '', '</details>'].join(
    '\n',
  );
}

/** Text that stays text: no emphasis, no table cell, no HTML, no mention. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]|~#]/g, (found) => `\\${found}`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;');
}
