import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { renderAnnotations } from '../reports/annotations.js';
import { renderHtml } from '../reports/html.js';
import { renderJunit } from '../reports/junit.js';
import { renderMarkdown } from '../reports/markdown.js';
import { MergeError, mergeRuns } from '../reports/merge.js';
import type { RunReport } from '../reports/model.js';
import { renderTerminal } from '../reports/terminal.js';
import { UsageError } from './command.js';
import { takesColour } from './progress.js';
import { readRun } from './stored-run.js';

export const summary = 'a stored run again, as text, HTML, JUnit, Markdown or annotations';

const help = `halfopen report RUN.json… [options]

Shows a stored run (a run.json, or its directory). Every form is made from the same file, so they cannot disagree. Several runs,
such as the shards of bench --shard, are merged: observations are put together and the bars judged anew.

  --html FILE         one self-contained page
  --junit FILE        JUnit XML: one case a bar
  --markdown FILE     for a pull request or GITHUB_STEP_SUMMARY (which it adds to)
  --annotations       GitHub workflow commands on standard output
  --merged FILE       the merged run itself
  --exit-code         exit as the run did

Exit code: 0, or with --exit-code that of the run (20 when a shard is missing); 2 no such run, or no parts of one whole. Without a form: text on standard output.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      html: { type: 'string' },
      junit: { type: 'string' },
      markdown: { type: 'string' },
      annotations: { type: 'boolean' },
      merged: { type: 'string' },
      'exit-code': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (positionals.length === 0) throw new UsageError('report takes a stored run, or several to be merged');
  const report = merged(positionals.map(readRun));
  const { html, junit, markdown, annotations } = values;
  if (values.merged !== undefined) write(values.merged, `${JSON.stringify(report, null, 1)}\n`);
  if (html !== undefined) write(html, renderHtml(report));
  if (junit !== undefined) write(junit, renderJunit(report));
  if (markdown !== undefined) write(markdown, renderMarkdown(report), markdown === process.env.GITHUB_STEP_SUMMARY);
  if (annotations) for (const line of renderAnnotations(report)) console.log(line);
  if (html === undefined && junit === undefined && markdown === undefined && !annotations) {
    const width = Math.max(60, Math.min(process.stdout.columns ?? 120, 140));
    console.log(renderTerminal(report, { coloured: takesColour(process.stdout), width }));
  }
  return values['exit-code'] ? report.exitCode : 0;
}

function merged(runs: readonly RunReport[]): RunReport {
  try {
    return mergeRuns(runs);
  } catch (error) {
    if (error instanceof MergeError) throw new UsageError(error.message);
    throw error;
  }
}

/** @param adding to what is there: a step summary belongs to everybody in the step */
function write(file: string, text: string, adding = false): void {
  try {
    writeFileSync(file, text, { flag: adding ? 'a' : 'w' });
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
}
