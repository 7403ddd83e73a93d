import { parseArgs } from 'node:util';
import { faultCatalogue } from '../faults/catalogue.js';
import { ownScenarios } from '../runner/load.js';
import { targets } from '../targets/index.js';
import type { Target } from '../targets/target.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';

export const summary = 'what there is: scenarios, targets, faults';

interface Kind {
  readonly name: string;
  entries(): Promise<[name: string, text: string][]>;
}

const kinds: readonly Kind[] = [
  { name: 'scenarios', entries: async () => (await ownScenarios()).map(({ name, question }) => [name, question]) },
  { name: 'targets', entries: async () => targets.map((target) => [target.name, presence(target)]) },
  { name: 'faults', entries: async () => Object.entries(faultCatalogue) },
];

/** What it is, and which version of it is here, or why it is not. */
function presence(target: Target): string {
  const lack = target.unavailable();
  return `${target.summary}\n${lack === null ? `here: ${target.version()}` : `not here: ${lack}`}`;
}

/** `halfopen list KIND`: a name and a line on each. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log('halfopen list scenarios|targets|faults');
    return 0;
  }
  if (positionals.length !== 1) throw new UsageError('list takes one of scenarios, targets, faults');
  const [kind] = choose('list of', positionals, kinds);
  const entries = await kind!.entries();
  const width = Math.max(...entries.map(([name]) => name.length));
  for (const [name, text] of entries)
    console.log(`${name.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width)}  `)}`);
  return 0;
}
