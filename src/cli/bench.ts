import { parseArgs } from 'node:util';
import type { Shard } from '../reports/model.js';
import { ownScenarios } from '../runner/load.js';
import { embedded, targets } from '../targets/index.js';
import { barHelp, barOptions, withBars } from './bars.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';
import { readList, readSeed, readSize, runSession } from './session.js';

export const summary = 'compare servers: every scenario against every target';

const help = `halfopen bench [options]

Every scenario against this gateway (both engines) and, as the control, a plain node:http server.
Under two minutes; the verdict comes first, every sample is kept.

  --quick             a first impression, about a minute; fewer samples, so more is inconclusive
  --full              more rounds, more samples: for 99.9th percentiles
  --target A,B        only these (halfopen list targets)
  --scenario A,B      only these (halfopen list scenarios)
${barHelp}
  --shard I/N         only this part of the scenarios, 1/3 to 3/3; halfopen report puts the parts together (give all one --seed)
  --seed N            repeats an order and its random moments
  --out DIR           where results go (results)

Exit code: 0 all bars of the gateway held; 11 one is broken; 20 inconclusive; 21 nothing can be measured here;
130 interrupted (what was measured is saved). The control decides nothing.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      target: { type: 'string', multiple: true },
      scenario: { type: 'string', multiple: true },
      ...barOptions,
      shard: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const all = await ownScenarios();
  const size = readSize(values);
  const wanted = readList(values.scenario);
  const against = readList(values.target);
  const chosen = wanted
    ? choose('scenario', wanted, all)
    : all.filter(({ onDemand, servers }) => !servers && (size === 'full' || !onDemand));
  const shard = readShard(values.shard);
  if (shard && values.seed === undefined) throw new UsageError('--shard needs --seed: the parts of one run share it');
  const part = shard ? chosen.filter((_, i) => i % shard.of === shard.index - 1) : chosen;
  return runSession({
    scenarios: withBars(part, values),
    targets: against ? choose('target', against, targets) : embedded,
    size,
    seed: readSeed(values.seed),
    out: values.out,
    ...(shard ? { shard } : {}),
  });
}

/** `2/3`. @throws UsageError */
function readShard(text: string | undefined): Shard | null {
  if (text === undefined) return null;
  const [, index, of] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  if (!index || !of || index > of) throw new UsageError(`--shard takes a part of a whole, such as 1/3, got ${text}`);
  return { index, of };
}
