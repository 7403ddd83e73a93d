import { parseArgs } from 'node:util';
import { cacheDirectory } from '../targets/cache.js';
import { targets } from '../targets/index.js';
import { install } from '../targets/install.js';
import type { Target } from '../targets/target.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';

export const summary = 'bring other servers here, to compare with';

const help = `halfopen targets install [NAME…] [options]

Brings servers that the testbed knows: into its cache, or by saying what you have to do. Without a name: all that are
not here, but for what others republish. \`halfopen list targets\` shows which are.

  --yes               install packages of the system, too (apt-get, as root; sudo is never called)

Exit code: 0 what could be brought is there; 1 something failed.`;

/** `halfopen targets install [NAME…]` */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { yes: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [verb, ...names] = positionals;
  if (verb !== 'install') throw new UsageError('targets takes a verb: halfopen targets install [NAME…]');
  const chosen = names.length > 0 ? choose('target', names, targets) : targets.filter(broughtByDefault);
  const results = [];
  for (const target of chosen) results.push(await bring(target, values.yes));
  if (chosen.length === 0) console.log('everything is here');
  return results.includes(false) ? 1 : 0;
}

function broughtByDefault({ source, unavailable }: Target): boolean {
  return source !== undefined && !(source.kind === 'npm-binary' && source.remark) && unavailable() !== null;
}

/** @returns false when it should be there now and is not */
async function bring(target: Target, system: boolean): Promise<boolean> {
  const { name, source } = target;
  const say = (text: string): void => console.log(`${name}: ${text}`);
  const lack = target.unavailable();
  if (source === undefined || lack === null) {
    say(lack ?? `is here: ${target.version()}`);
    return lack === null;
  }
  if (source.kind === 'npm-binary') {
    if (source.remark) say(source.remark);
    say(`npm pack ${source.spec} → ${cacheDirectory()}/${source.folder}`);
  }
  try {
    const result = await install(source, { system, root: process.getuid?.() === 0 });
    if (!result.done) {
      say(result.advice);
      return true;
    }
  } catch (error) {
    say((error as Error).message);
    return false;
  }
  const still = target.unavailable();
  say(still ?? `is here now: ${target.version()}`);
  return still === null;
}
