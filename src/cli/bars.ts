import { readFileSync } from 'node:fs';
import { BarError } from '../gates/bars.js';
import { type Barred, overrideBars } from '../gates/override.js';
import { UsageError } from './command.js';

/** The options of every command that judges; spread into those of `parseArgs`. */
export const barOptions = {
  bar: { type: 'string', multiple: true },
  bars: { type: 'string' },
} as const;

/** Their lines in a command's help. */
export const barHelp = `  --bar 'TEXT'        a bar in the place of the scenario's own on the same figure (docs/adding.md); may be repeated
  --bars FILE         such bars, one a line: BAR, or SCENARIO: BAR; # begins a remark`;

/** @throws UsageError naming the bar that is wrong, or fits nothing */
export function withBars<S extends Barred>(
  scenarios: readonly S[],
  { bar = [], bars }: { readonly bar?: readonly string[] | undefined; readonly bars?: string | undefined },
): S[] {
  try {
    return overrideBars(scenarios, [...(bars === undefined ? [] : linesOf(bars)), ...bar]);
  } catch (error) {
    if (error instanceof BarError) throw new UsageError(error.message);
    throw error;
  }
}

function linesOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--bars: ${(error as Error).message}`);
  }
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
