import type { RunReport } from './model.js';
import { complaints } from './said.js';

/** GitHub shows no more than this for one step. */
const mostOfEach = 10;

/**
 * Workflow commands that GitHub turns into annotations: an error for each broken bar, a warning for each undecided one. What
 * is beyond GitHub's limit is summed up in the last one.
 */
export function renderAnnotations(report: RunReport): string[] {
  const all = complaints(report);
  return [
    ...commands('error', 'fail', all),
    ...commands('warning', 'inconclusive', all),
    ...(all.length === 0 && report.verdict !== 'pass'
      ? [command('warning', 'halfopen', `verdict: ${report.verdict}`)]
      : []),
  ];
}

function commands(level: 'error' | 'warning', verdict: string, all: ReturnType<typeof complaints>): string[] {
  const found = all.filter((each) => each.verdict === verdict);
  const shown = found.length > mostOfEach ? found.slice(0, mostOfEach - 1) : found;
  const lines = shown.map(({ scenario, target, text }) => command(level, `${scenario} on ${target}`, text));
  if (shown.length < found.length)
    lines.push(command(level, 'halfopen', `${found.length - shown.length} more like these`));
  return lines;
}

function command(level: string, title: string, message: string): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`;
}

/** As the runner's toolkit does it (actions/toolkit, packages/core/src/command.ts). */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
