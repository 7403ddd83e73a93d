import type { Verdict } from '../gates/verdict.js';
import { excludedText } from './excluded.js';
import { gateWord } from './gate.js';
import { gateSection } from './html/gate.js';
import { anchor, escapeHtml, htmlTable } from './html/markup.js';
import { measuresOf } from './html/measures.js';
import { style } from './html/style.js';
import type { Result, RunReport } from './model.js';
import { complaints, judgedTargets, said } from './said.js';

/**
 * One page that needs nothing else: no script, no request. Verdict, grid, what was not passed; then each scenario with its bars,
 * plots, the tables behind them and its receipts; then the surroundings.
 */
export function renderHtml(report: RunReport): string {
  const title = `halfopen: ${headword(report)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>${head(report)}</header>
<main>
${report.gate ? gateSection(report.gate) : ''}
${grid(report)}
${notPassed(report)}
${report.scenarios.map(({ name }) => scenarioSection(report, name)).join('\n')}
${surroundings(report)}
</main>
</body>
</html>
`;
}

const words: Record<Verdict, string> = { pass: 'pass', fail: 'fail', inconclusive: 'unclear', skipped: 'skipped' };
function headword({ interrupted, verdict, gate }: RunReport): string {
  if (interrupted) return 'interrupted';
  return gate ? gateWord(gate) : words[verdict];
}

function badge(verdict: Verdict, href?: string): string {
  return href === undefined
    ? `<span class="badge ${verdict}">${words[verdict]}</span>`
    : `<a class="badge ${verdict}" href="#${href}">${words[verdict]}</a>`;
}

function head(report: RunReport): string {
  const judged = judgedTargets(report).map(({ name }) => escapeHtml(name));
  const shade = report.interrupted ? 'inconclusive' : report.verdict;
  return `<h1>halfopen <span class="badge ${shade}">${headword(report)}</span></h1>
<p class="faint">${judged.join(' and ')} · ${report.size} run of ${Math.round(report.seconds)} s · seed ${report.seed} · <time datetime="${escapeHtml(report.startedAt)}">${escapeHtml(report.startedAt.slice(0, 16).replace('T', ' '))} UTC</time></p>`;
}

function grid(report: RunReport): string {
  const targets = report.targets.map(
    ({ name, role }) => `${escapeHtml(name)}${role === 'control' ? ' <span class="faint">(control)</span>' : ''}`,
  );
  const rows = report.scenarios.map(({ name }) => [
    `<a href="#${anchor(name)}">${escapeHtml(name)}</a>`,
    ...report.targets.map((target) => {
      const result = find(report, name, target.name);
      return result ? badge(result.verdict, anchor(name, target.name)) : '<span class="faint">not run</span>';
    }),
  ]);
  return htmlTable('Verdicts, scenario by target', ['', ...targets], rows);
}

const find = (report: RunReport, scenario: string, target: string): Result | undefined =>
  report.results.find((result) => result.scenario === scenario && result.target === target);

function notPassed(report: RunReport): string {
  const items = complaints(report).map(
    ({ verdict, scenario, target, text }) =>
      `<li>${badge(verdict, anchor(scenario, target))} <strong>${escapeHtml(scenario)}</strong> on ${escapeHtml(target)}: ${escapeHtml(text)}</li>`,
  );
  return items.length === 0 ? '' : `<h2>Not passed</h2><ul>${items.join('')}</ul>`;
}

function scenarioSection(report: RunReport, name: string): string {
  const { question } = report.scenarios.find((scenario) => scenario.name === name)!;
  const results = report.results.filter((result) => result.scenario === name);
  return `<section id="${anchor(name)}" aria-label="${escapeHtml(name)}">
<h2>${escapeHtml(name)}</h2>
<p>${escapeHtml(question)}</p>
${measuresOf(report, name)}
${results.map(resultPart).join('\n')}
</section>`;
}

/** Bars, receipts and remarks of one target. */
function resultPart(result: Result): string {
  const { scenario, target, verdict, problem, bars, excluded, notes, disturbance } = result;
  const remarks = [
    ...(problem === undefined ? [] : [problem]),
    ...Object.entries(excluded).map(([reason, count]) => excludedText(reason, count)),
    ...notes,
    ...(disturbance > 0
      ? [`others took up to ${Math.round(100 * disturbance)} % of the cores that were measured on`]
      : []),
  ].map((text) => `<li>${escapeHtml(text)}</li>`);
  const lines = bars.map((bar) => {
    const limit = bar.knownLimit ? `; known limit instead of ${bar.knownLimit.original}: ${bar.knownLimit.reason}` : '';
    return `<li>${badge(bar.verdict)} ${escapeHtml(bar.verdict === 'skipped' ? `${bar.text}: ${bar.detail}` : said(bar))}${escapeHtml(limit)}</li>`;
  });
  return `<h3 id="${anchor(scenario, target)}">${escapeHtml(target)} ${badge(verdict)}</h3>
${list(lines)}${remarks.length === 0 ? '' : `<details><summary>Receipts and remarks (${remarks.length})</summary>${list(remarks)}</details>`}`;
}

const list = (items: readonly string[]): string => (items.length === 0 ? '' : `<ul>${items.join('')}</ul>`);

function surroundings(report: RunReport): string {
  const facts: [string, unknown][] = [
    ['halfopen', report.tool.version],
    ['run', report.id],
    ...Object.entries(report.environment),
  ];
  const rows = facts.map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value ?? 'unknown'))}</dd>`,
  );
  const notes = report.notes.map((note) => `<li>${escapeHtml(note)}</li>`);
  return `<section aria-label="Surroundings"><h2>Surroundings</h2>${list(notes)}<dl>${rows.join('')}</dl></section>`;
}
