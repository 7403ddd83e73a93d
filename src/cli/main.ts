#!/usr/bin/env node
import { type Command, UsageError } from './command.js';

/** Command name → its module, loaded only when it is called. */
const commands: Record<string, () => Promise<Command>> = {};

async function main(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) throw new UsageError(`unknown command ${JSON.stringify(name)}; see halfopen --help`);
  return (await load()).run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`halfopen: ${error.message}`);
  process.exitCode = 2;
}
