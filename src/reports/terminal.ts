import { exitCodes, type Verdict } from '../gates/verdict.js';
import { disturbedFrom } from '../measures/disturbance.js';
import { excludedText } from './excluded.js';
import { figures } from './figures.js';
import { gateSections, gateWord } from './gate.js';
import type { Result, Role, RunReport } from './model.js';
import { said } from './said.js';
import { type Palette, palette, plural, table, wrap } from './text.js';

export interface TerminalOptions {
  readonly coloured: boolean;
  /** Columns for running text; tables take what they need. */
  readonly width: number;
}

/** The report for a terminal: verdict first, then the grid, then what is not as it should be, then the figures. */
export function renderTerminal(report: RunReport, { coloured, width }: TerminalOptions): string {
  const paint = palette(coloured);
  const sections = [
    [headline(report, paint)],
    ...(report.gate ? gateSections(report.gate, paint) : []),
    grid(report, paint),
    notPassed(report, 'own', paint, width),
    knownLimits(report, paint, width),
    notPassed(report, 'control', paint, width),
    notPassed(report, 'peer', paint, width),
    figures(report, paint),
    remarks(report, paint, width),
    [paint.faint(surroundings(report))],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const marks: Record<Verdict, string> = { pass: 'pass', fail: 'FAIL', inconclusive: 'unclear', skipped: 'skipped' };

function painted(verdict: Verdict, text: string, paint: Palette): string {
  if (verdict === 'pass') return paint.good(text);
  if (verdict === 'fail') return paint.bad(text);
  return verdict === 'inconclusive' ? paint.warn(text) : paint.faint(text);
}

function headline(report: RunReport, paint: Palette): string {
  const own = report.targets.filter(({ role }) => role === 'own').map(({ name }) => name);
  const judged = report.results.filter(({ target }) => own.length === 0 || own.includes(target));
  const counts = (['fail', 'inconclusive', 'pass', 'skipped'] as const)
    .map((verdict) => [judged.filter((result) => result.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`);
  const broken = report.exitCode === exitCodes.crash ? 'the testbed failed' : report.verdict;
  const judgedAs = report.gate && report.exitCode !== exitCodes.crash ? gateWord(report.gate) : broken;
  const word = report.interrupted ? 'interrupted' : judgedAs;
  const big = painted(report.interrupted ? 'inconclusive' : report.verdict, word.toUpperCase(), paint);
  const who = own.length > 0 && own.length < report.targets.length ? ` on ${own.join(' and ')}` : '';
  return `${paint.strong(big)}  ${counts.join(', ')}${who} · ${report.size} run of ${Math.round(report.seconds)} s, seed ${report.seed}`;
}

function grid(report: RunReport, paint: Palette): string[] {
  const header = ['', ...report.targets.map(({ name, role }) => (role === 'control' ? `${name} (control)` : name))];
  const rows = report.scenarios.map(({ name }) => [
    name,
    ...report.targets.map((target) => {
      const result = find(report, name, target.name);
      return result ? painted(result.verdict, marks[result.verdict], paint) : paint.faint('not run');
    }),
  ]);
  return table([header.map(paint.faint), ...rows], 1, '   ');
}

const titles: Record<Role, string> = {
  own: 'Not passed',
  control: 'Findings about the control (they decide nothing)',
  peer: 'Findings about other servers (they decide nothing)',
};

/** Every bar that is not a pass, with what was expected and what was found. */
function notPassed(report: RunReport, role: Role, paint: Palette, width: number): string[] {
  const names = report.targets.filter((target) => target.role === role).map(({ name }) => name);
  const lines: string[] = [];
  for (const result of report.results.filter(({ target }) => names.includes(target))) {
    const at = `${result.scenario} on ${result.target}`;
    if (result.problem !== undefined) lines.push(...item(result.verdict, `${at}: ${result.problem}`, paint, width));
    for (const bar of result.bars.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive'))
      lines.push(...item(bar.verdict, `${at}: ${said(bar)}`, paint, width));
  }
  if (lines.length === 0) return [];
  return [paint.strong(titles[role]), ...lines];
}

function item(verdict: Verdict, text: string, paint: Palette, width: number): string[] {
  const [first = '', ...rest] = wrap(`${marks[verdict]}  ${text}`, width);
  return [first.replace(marks[verdict], painted(verdict, marks[verdict], paint)), ...rest];
}

function knownLimits(report: RunReport, paint: Palette, width: number): string[] {
  const lines = report.results.flatMap(({ scenario, target, bars }) =>
    bars.flatMap(({ text, verdict, knownLimit }) => {
      if (!knownLimit) return [];
      const instead = verdict === 'skipped' ? 'not judged' : `judged by ${text}`;
      return wrap(`${scenario} on ${target}: ${knownLimit.original} is ${instead}: ${knownLimit.reason}`, width);
    }),
  );
  return lines.length === 0 ? [] : [paint.strong('Known limits, stated by the target'), ...lines];
}

/** Skips, exclusions and notes; a remark about several results is one line. */
function remarks(report: RunReport, paint: Palette, width: number): string[] {
  const about = new Map<string, Result[]>();
  const add = (result: Result, text: string): void => {
    about.set(text, [...(about.get(text) ?? []), result]);
  };
  for (const result of report.results) {
    for (const [reason, count] of Object.entries(result.excluded)) add(result, excludedText(reason, count));
    for (const note of result.notes) add(result, note);
    for (const { text, verdict, detail, knownLimit } of result.bars)
      if (verdict === 'skipped' && !knownLimit) add(result, `${text.split(/[ {]/)[0]} is not judged: ${detail}`);
  }
  const lines = [...about].flatMap(([text, results]) => wrap(`${whereabouts(report, results)}: ${text}`, width));
  const disturbed = report.results.filter(({ disturbance }) => disturbance >= disturbedFrom);
  if (disturbed.length > 0) {
    const worst = Math.round(100 * Math.max(...disturbed.map(({ disturbance }) => disturbance)));
    const what = `${plural(disturbed.length, 'result')} of ${report.results.length} disturbed`;
    lines.push(...wrap(`${what}: other processes used up to ${worst} % of the cores that were measured on`, width));
  }
  for (const note of report.notes) lines.push(...wrap(note, width));
  return lines.length === 0 ? [] : [paint.strong('Remarks'), ...lines];
}

/** `plain, stream-sync on native, node; fin-idle on node`: scenarios that share their targets are named together. */
function whereabouts(report: RunReport, results: readonly Result[]): string {
  const byTargets = new Map<string, string[]>();
  for (const scenario of new Set(results.map((result) => result.scenario))) {
    const targets = results.filter((result) => result.scenario === scenario).map(({ target }) => target);
    const where = targets.length === report.targets.length ? '' : ` on ${targets.join(', ')}`;
    byTargets.set(where, [...(byTargets.get(where) ?? []), scenario]);
  }
  return [...byTargets].map(([where, scenarios]) => scenarios.join(', ') + where).join('; ');
}

function surroundings({ environment: env, tool, targets }: RunReport): string {
  const peers = new Set(targets.flatMap(({ role, version }) => (role === 'peer' && version ? [` · ${version}`] : [])));
  const revision = env.revision === null ? '' : ` (${env.revision.slice(0, 9)}${env.dirty ? ', changed' : ''})`;
  return `halfopen ${tool.version}${revision} · Node ${env.node} · ${env.kernel} · ${env.cores} × ${env.cpuModel} · ${env.congestionControl ?? '?'}${[...peers].join('')}`;
}

function find(report: RunReport, scenario: string, target: string): Result | undefined {
  return report.results.find((result) => result.scenario === scenario && result.target === target);
}
