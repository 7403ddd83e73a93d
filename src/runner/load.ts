import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineScenario, type Scenario } from './scenario.js';

/** The scenarios of this package, compiled from `scenarios/`. */
const ownDirectory = fileURLToPath(new URL('../scenarios/', import.meta.url));

/** Order of the groups in a run and in its report. */
const groups = ['throughput', 'slow-reader', 'dropped-client', 'empty-yield', 'input', 'mixed', 'shutdown', 'probe'];

/** Every scenario of this package, ordered by group, then by name. */
export async function ownScenarios(directory = ownDirectory): Promise<Scenario[]> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.js'));
  const found = await Promise.all(files.map((file) => loadScenario(join(directory, file))));
  const rank = ({ group }: Scenario) => (groups.includes(group) ? groups.indexOf(group) : groups.length);
  return found.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Whether a word on the command line means a file and not a name. */
export function looksLikeFile(word: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(word) && existsSync(word);
}

/**
 * The scenario that a module exports by default.
 *
 * @throws TypeError when it exports none; Error when the file cannot be loaded by this Node
 */
export async function loadScenario(file: string): Promise<Scenario> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: Scenario };
  if (typeof module.default?.run !== 'function')
    throw new TypeError(`${file} has no scenario as its default export (export default defineScenario({…}))`);
  return defineScenario(module.default);
}
