import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitCodes } from '../gates/verdict.js';
import { findTool, howToInstall, tools, unsupported } from '../profile/clinic.js';
import { profiledTarget } from '../profile/target.js';
import { ownScenarios } from '../runner/load.js';
import { lackOf } from '../runner/stage.js';
import { targets } from '../targets/index.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';
import { newId, readSeed, runSession } from './session.js';

export const summary = 'look into a server with clinic while a scenario runs against it';

const help = `halfopen profile SCENARIO [doctor|flame|bubbleprof|heapprofiler] [options]

The scenario in its quick size, with one of clinic's tools around the server (docs/profile.md). Prints where the page
that the tool made lies; no browser is opened. Figures under a profiler are not measurements.

  SCENARIO            a name (halfopen list scenarios)
  doctor, …           clinic's tool (doctor)
  --target NAME       a server that is a Node.js script of the testbed (native)
  --seed N            repeats an order and its random moments
  --out DIR           where pages and results go (results)

Clinic does not come with this package: ${howToInstall}

Exit code: 0 there is a page; 1 there is none; 2 wrong use; 21 clinic is not here, or does not work on the server's
Node.js; 130 interrupted. Bars decide nothing.`;

const driver = fileURLToPath(new URL('../profile/driver.js', import.meta.url));
const writeWithinMs = 60_000;
const pageWithinMs = 120_000;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      target: { type: 'string', default: 'native' },
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [scenarioName, toolName = 'doctor', ...more] = positionals;
  if (scenarioName === undefined) throw new UsageError('which scenario? see halfopen list scenarios');
  if (more.length > 0) throw new UsageError(`profile takes one scenario and one tool, got ${more.join(' ')} too`);
  const scenario = choose('scenario', [scenarioName], await ownScenarios())[0]!;
  const tool = choose('tool', [toolName], tools)[0]!;
  const target = choose('target', [values.target], targets)[0]!;
  const seed = readSeed(values.seed);
  if (scenario.servers)
    throw new UsageError(`${scenario.name} is about servers of its own: there is none to look into`);
  if (!target.nodeVersion) throw new UsageError(`${target.name} is not a Node.js script of the testbed's`);

  const profiled = (module: string, directory: string) =>
    profiledTarget(target, {
      tool,
      module,
      directory,
      writeWithinMs,
      say: (text) => console.error(`halfopen: ${text}`),
    });
  const lack = lackOf(scenario, profiled('', ''));
  if (lack !== null) return impossible(lack);
  const why = unsupported(tool, target.nodeVersion() ?? 'an unknown version');
  if (why !== null) return impossible(why);
  const module = findTool(tool);
  if (module === null) return impossible(`clinic is not installed: ${howToInstall}`);

  const directory = resolve(values.out, `${newId()}-clinic-${tool.name}`);
  makeDirectory(directory);
  const plan = { scenarios: [scenario], targets: [profiled(module, directory)], size: 'quick' as const, seed };
  const code = await runSession({ ...plan, out: values.out });
  console.log('\nUnder a profiler: the figures and the verdict above are not measurements.');
  if (code === exitCodes.interrupted || code === exitCodes.environment) return code;
  return pages(module, directory) ? 0 : exitCodes.crash;
}

function impossible(why: string): number {
  console.error(`halfopen: nothing can be profiled: ${why}`);
  return exitCodes.environment;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(`profiles cannot be written to ${directory}: ${(error as Error).message}`);
  }
}

/** One page for each time that the server was started. @returns whether all of them, at least one, could be made */
function pages(module: string, directory: string): boolean {
  const collected = readdirSync(directory).filter((name) => /^\d+\.clinic-[a-z]+$/.test(name));
  if (collected.length === 0) console.error(`halfopen: clinic collected nothing in ${directory}`);
  const made = collected.map((name) => {
    const args = [driver, 'visualize', module, directory, name];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: pageWithinMs });
    const page = join(directory, `${name}.html`);
    const done = status === 0 && existsSync(page);
    if (done) console.log(`page: ${page}`);
    else console.error(`halfopen: no page came of ${join(directory, name)}: ${stderr.trim() || 'out of time'}`);
    return done;
  });
  return made.length > 0 && made.every(Boolean);
}
