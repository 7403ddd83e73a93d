import type { BarResult, Result, RunReport } from './model.js';
import { judgedTargets, said } from './said.js';

/**
 * JUnit XML: one suite a target, one case a bar. What decides nothing (the control) is left out of the failures, so that a
 * CI that counts them agrees with the exit code.
 *
 * - fail → `<failure>`
 * - inconclusive → `<error>`: no data is not a pass
 * - skipped → `<skipped>`
 */
export function renderJunit(report: RunReport): string {
  const suites = judgedTargets(report).map(({ name }) => suite(report, name));
  const total = (key: keyof Counts): number => suites.reduce((sum, { counts }) => sum + counts[key], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="halfopen" tests="${total('tests')}" failures="${total('failures')}" errors="${total('errors')}" skipped="${total('skipped')}" time="${report.seconds}">`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Counts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

interface Case {
  readonly scenario: string;
  readonly name: string;
  readonly seconds: number;
  readonly verdict: Result['verdict'];
  readonly message: string;
}

function suite(report: RunReport, target: string): { counts: Counts; lines: string[] } {
  const results = report.results.filter((result) => result.target === target);
  const cases = results.flatMap(casesOf);
  const count = (verdict: Result['verdict']): number => cases.filter((each) => each.verdict === verdict).length;
  const counts = {
    tests: cases.length,
    failures: count('fail'),
    errors: count('inconclusive'),
    skipped: count('skipped'),
  };
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const head = `tests="${counts.tests}" failures="${counts.failures}" errors="${counts.errors}" skipped="${counts.skipped}"`;
  return {
    counts,
    lines: [
      `  <testsuite name="${escapeXml(target)}" ${head} time="${seconds.toFixed(1)}" timestamp="${escapeXml(report.startedAt)}">`,
      ...cases.map((each) => element(each, target)),
      '  </testsuite>',
    ],
  };
}

/** A result without bars is one case; one that broke off is one too. The time of a scenario goes to its first case. */
function casesOf(result: Result): Case[] {
  const { scenario, verdict, seconds, problem, bars } = result;
  if (problem !== undefined || bars.length === 0)
    return [{ scenario, name: scenario, seconds, verdict, message: problem ?? 'nothing was judged' }];
  return bars.map((bar, i) => ({
    ...{ scenario, name: bar.text, seconds: i === 0 ? seconds : 0, verdict: bar.verdict, message: messageOf(bar) },
  }));
}

const messageOf = (bar: BarResult): string => (bar.verdict === 'skipped' ? bar.detail : said(bar));

const tags = { fail: 'failure', inconclusive: 'error', skipped: 'skipped' } as const;

function element({ scenario, name, seconds, verdict, message }: Case, target: string): string {
  const open = `    <testcase classname="${escapeXml(`${target}.${scenario}`)}" name="${escapeXml(name)}" time="${seconds}"`;
  if (verdict === 'pass') return `${open}/>`;
  return `${open}><${tags[verdict]} message="${escapeXml(message)}"/></testcase>`;
}

/** For text and attributes; what XML 1.0 cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return Array.from(text, (char) => {
    const code = char.codePointAt(0)!;
    if ('&<>"\'\t\n\r'.includes(char)) return `&#${code};`;
    return code < 0x20 || (code >= 0xd800 && code < 0xe000) || code === 0xfffe || code === 0xffff ? '\ufffd' : char;
  }).join('');
}
