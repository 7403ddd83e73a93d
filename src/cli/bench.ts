import { parseArgs } from 'node:util';
import { exitCodes } from '../gates/verdict.js';
import type { RunReport, Shard } from '../reports/model.js';
import { environment, toolVersion } from '../runner/environment.js';
import { ownScenarios } from '../runner/load.js';
import { type Asked, unfinishedRun } from '../runner/resume.js';
import type { Scenario } from '../runner/scenario.js';
import { embedded, targets } from '../targets/index.js';
import type { Target } from '../targets/target.js';
import { barHelp, barOptions, withBars } from './bars.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';
import { readList, readSeed, readSize, runSession } from './session.js';

export const summary = 'compare servers: every scenario against every target';

const help = `halfopen bench [options]

Every scenario against this gateway (both engines) and, as the control, a plain node:http server.
About two minutes; the verdict comes first, every sample is kept.

  --quick             a first impression, about a minute; fewer samples, so more is inconclusive
  --full              more rounds, more samples: for 99.9th percentiles
  --target A,B        only these (halfopen list targets); all: every one that is here
  --scenario A,B      only these (halfopen list scenarios); all: those that are asked on demand, too
${barHelp}
  --shard I/N         only this part of the scenarios, 1/3 to 3/3; halfopen report puts the parts together (give all one --seed)
  --seed N            repeats an order and its random moments
  --resume            goes on with the last run that asked the same here and was broken off; without one, begins
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
      resume: { type: 'boolean' },
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const size = readSize(values);
  const chosen = chooseScenarios(readList(values.scenario), await ownScenarios(), size === 'full');
  const shard = readShard(values.shard);
  if (shard && values.seed === undefined) throw new UsageError('--shard needs --seed: the parts of one run share it');
  const part = shard ? chosen.filter((_, i) => i % shard.of === shard.index - 1) : chosen;
  const asked = {
    scenarios: withBars(part, values),
    targets: chooseTargets(readList(values.target)),
    size,
    ...(shard ? { shard } : {}),
  };
  const seed = readSeed(values.seed);
  const same = { ...asked, shard, seed: values.seed === undefined ? null : seed };
  const before = values.resume ? unfinished(values.out, same) : null;
  const code = await runSession({ ...asked, out: values.out, seed: before?.seed ?? seed, before });
  if (code === exitCodes.interrupted) console.error('the same command with --resume goes on from here');
  return code;
}

const everything = 'all';

function chooseScenarios(wanted: readonly string[] | null, all: readonly Scenario[], onDemandToo: boolean): Scenario[] {
  if (wanted && !wanted.includes(everything)) return choose('scenario', wanted, all);
  return all.filter(({ onDemand, servers }) => !servers && (onDemandToo || wanted !== null || !onDemand));
}

/** What is not here would be a column of nothing: it is named once. */
function chooseTargets(wanted: readonly string[] | null): readonly Target[] {
  if (!wanted) return embedded;
  if (!wanted.includes(everything)) return choose('target', wanted, targets);
  const [here, missing] = [true, false].map((there) =>
    targets.filter((each) => (each.unavailable() === null) === there),
  );
  const names = missing!.map(({ name }) => name).join(', ');
  if (names !== '') console.error(`not here: ${names} (halfopen list targets)`);
  return here!;
}

function unfinished(out: string, asked: Omit<Asked, 'version' | 'environment'>): RunReport | null {
  const before = unfinishedRun(out, { ...asked, version: toolVersion(), environment: environment() });
  const text = before ? `goes on with ${before.id}` : 'nothing here was broken off that asked the same: begins';
  console.error(text);
  return before;
}

/** `2/3`. @throws UsageError */
function readShard(text: string | undefined): Shard | null {
  if (text === undefined) return null;
  const [, index, of] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  if (!index || !of || index > of) throw new UsageError(`--shard takes a part of a whole, such as 1/3, got ${text}`);
  return { index, of };
}
