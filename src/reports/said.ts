import type { BarResult, Result, RunReport, TargetInfo } from './model.js';
import { figure, plural } from './text.js';

/** A bar in one line: expected and actual, and why it is not simply a pass. */
export function said({ text, actual, limit, unit, samples, detail }: BarResult): string {
  const relative = /x\s*\{/.test(text) && limit !== null ? ` (= ${figure(limit)} ${unit})` : '';
  const got = actual === null ? 'no figure' : `${figure(actual)}${unit === '' ? '' : ` ${unit}`}`;
  const why = detail === '' || detail === 'beyond the limit' ? '' : `; ${detail}`;
  return `expected ${text}${relative}, got ${got} of ${plural(samples, 'sample')}${why}`;
}

/** The targets whose bars decide: our own, or all where there are none. */
export function judgedTargets({ targets }: RunReport): readonly TargetInfo[] {
  const own = targets.filter(({ role }) => role === 'own');
  return own.length > 0 ? own : targets;
}

/** What a judged target did not pass, one entry a bar or a problem. */
export interface Complaint {
  readonly verdict: 'fail' | 'inconclusive';
  readonly scenario: string;
  readonly target: string;
  readonly text: string;
}

export function complaints(report: RunReport): Complaint[] {
  const names = judgedTargets(report).map(({ name }) => name);
  return report.results.filter(({ target }) => names.includes(target)).flatMap(complaintsOf);
}

function complaintsOf({ scenario, target, verdict, problem, bars }: Result): Complaint[] {
  const found: Complaint[] = [];
  if (problem !== undefined && (verdict === 'fail' || verdict === 'inconclusive'))
    found.push({ verdict, scenario, target, text: problem });
  for (const bar of bars)
    if (bar.verdict === 'fail' || bar.verdict === 'inconclusive')
      found.push({ verdict: bar.verdict, scenario, target, text: said(bar) });
  return found;
}
