import { parseArgs } from 'node:util';
import { loadScenario, looksLikeFile, ownScenarios } from '../runner/load.js';
import type { Scenario } from '../runner/scenario.js';
import { execTarget } from '../targets/exec.js';
import { targets } from '../targets/index.js';
import { proxyTarget } from '../targets/proxy.js';
import type { Target } from '../targets/target.js';
import { barHelp, barOptions, withBars } from './bars.js';
import { UsageError } from './command.js';
import { choose } from './nearest.js';
import { readList, readSeed, readSize, runSession } from './session.js';

export const summary = 'ask one server: chosen scenarios against a target, a command or a URL';

const help = `halfopen run SCENARIO|FILE… [options]

  SCENARIO            a name (halfopen list scenarios)
  FILE                a module whose default export is a scenario (docs/adding.md)

  --target A,B        servers that come with the testbed (default: native)
  --exec 'CMD'        start any server; it finds HALFOPEN_PROBE in its environment (docs/probe.md)
  --url URL           where it answers: http://127.0.0.1:8080/ for one with the testbed's paths, or one page of it
  --upstream PORT     the server is a proxy: the testbed’s application answers at that port of 127.0.0.1 and tells
                      when the proxy lets go of it; CMD finds its URL in HALFOPEN_UPSTREAM
  --quick, --full     smaller or larger than usual
${barHelp}
  --seed N            repeats an order and its random moments
  --out DIR           where results go (results)

Exit code: 0 all bars held; 11 one is broken; 20 inconclusive; 21 nothing can be measured here; 130 interrupted.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      target: { type: 'string', multiple: true },
      exec: { type: 'string' },
      url: { type: 'string' },
      upstream: { type: 'string' },
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      ...barOptions,
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (positionals.length === 0) throw new UsageError('which scenario? see halfopen list scenarios');
  return runSession({
    scenarios: withBars(await readScenarios(positionals), values),
    targets: readTargets(readList(values.target), values),
    size: readSize(values),
    seed: readSeed(values.seed),
    out: values.out,
  });
}

async function readScenarios(words: readonly string[]): Promise<Scenario[]> {
  const own = await ownScenarios();
  const chosen: Scenario[] = [];
  for (const word of words) {
    if (looksLikeFile(word)) chosen.push(await fromFile(word));
    else chosen.push(...choose('scenario', [word], own));
  }
  return chosen;
}

async function fromFile(file: string): Promise<Scenario> {
  try {
    return await loadScenario(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be used: ${(error as Error).message}`);
  }
}

interface Elsewhere {
  readonly exec?: string;
  readonly url?: string;
  readonly upstream?: string;
}

function readTargets(names: readonly string[] | null, { exec, url, upstream }: Elsewhere): Target[] {
  if (url === undefined && upstream !== undefined)
    throw new UsageError('--upstream needs --url: where does the proxy answer?');
  if (url === undefined && exec !== undefined)
    throw new UsageError('--exec needs --url: where does the server answer?');
  if (url === undefined) return choose('target', names ?? ['native'], targets);
  const given = { url, ...(exec === undefined ? {} : { command: exec }) };
  const upstreamPort = upstream === undefined ? null : readPort(upstream);
  try {
    const other = upstreamPort === null ? execTarget(given) : proxyTarget({ ...given, upstreamPort });
    return [other, ...choose('target', names ?? [], targets)];
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--url: ${(error as Error).message}`);
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--upstream takes a port from 1 to 65535, got ${text}`);
}
