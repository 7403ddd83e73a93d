import { parseArgs } from 'node:util';
import { exitCodes } from '../gates/verdict.js';
import { environmentDifferences, renderComparison } from '../reports/compare.js';
import { palette } from '../reports/text.js';
import { UsageError } from './command.js';
import { takesColour } from './progress.js';
import { readRun } from './stored-run.js';

export const summary = 'two stored runs side by side; decides nothing';

const help = `halfopen compare A.json B.json [--force]

Figures and verdicts of two stored runs (a run.json, or its directory) side by side. It is no gate: figures of two runs differ
by chance, and what is in doubt is said to be. Runs from different surroundings (CPU, kernel, Node, socket buffers, size) are
refused.

  --force             show them all the same, and say what differs

Exit code: 0 shown; 2 no such run; 21 the surroundings differ.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { force: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [before, after] = positionals;
  if (before === undefined || after === undefined || positionals.length > 2)
    throw new UsageError('compare takes two stored runs: halfopen compare A.json B.json');
  const [a, b] = [readRun(before), readRun(after)];
  const differences = environmentDifferences(a, b);
  if (differences.length > 0 && !values.force) {
    const lines = differences.map((line) => `  ${line}`).join('\n');
    console.error(`halfopen: these runs are not comparable (--force shows them all the same):\n${lines}`);
    return exitCodes.environment;
  }
  console.log(renderComparison(a, b, differences, palette(takesColour(process.stdout))));
  return exitCodes.pass;
}
