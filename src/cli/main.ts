#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { type Command, UsageError } from './command.js';

/** Command name → its module, loaded only when it is called. */
const commands: Record<string, () => Promise<Command>> = {
  serve: () => import('./serve.js'),
  bench: () => import('./bench.js'),
  run: () => import('./run.js'),
  gate: () => import('./gate.js'),
  calibrate: () => import('./calibrate.js'),
  compare: () => import('./compare.js'),
  report: () => import('./report.js'),
  soak: () => import('./soak.js'),
  profile: () => import('./profile.js'),
  list: () => import('./list.js'),
  targets: () => import('./targets.js'),
};

async function main(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === '-h' || name === 'help') return help();
  if (name === '--version' || name === '-v') return version();
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) throw new UsageError(`unknown command ${JSON.stringify(name)}; see halfopen --help`);
  return (await load()).run(rest);
}

async function help(): Promise<number> {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map(async (name) => `  ${name.padEnd(width)}  ${(await commands[name]!()).summary}`);
  console.log(
    `A streaming HTTP gateway that survives its clients, and the testbed that proves it.

Usage: halfopen COMMAND [options]

${(await Promise.all(lines)).join('\n')}

halfopen COMMAND --help says more about one of them; halfopen --version names the version.`,
  );
  return 0;
}

function version(): number {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  console.log(`halfopen ${manifest.version}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const wrongFlag = typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof UsageError) && !wrongFlag) throw error;
  console.error(`halfopen: ${(error as Error).message}`);
  process.exitCode = 2;
}
