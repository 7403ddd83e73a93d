import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler, has, run } from './tools.js';

/** The same responses for both builds, compiled with each one's whole engine. */
const workProgram = fileURLToPath(new URL('../../native/test/counted_writer.cc', import.meta.url));

/** What the program prints, and the counter that it is. */
const names = {
  small: 'copied_small',
  small_refused: 'copied_small_refused',
  large: 'copied_large',
  large_refused: 'copied_large_refused',
} as const;

/** Bytes that a build's engine copies for each byte of a response's body. The linker finds the copies; the engine keeps no book. */
export function countWriterWork(
  build: string,
  directory: string,
  found: Record<string, number>,
  skipped: string[],
): void {
  if (!has(compiler)) {
    skipped.push(`copies of the writer: ${compiler} is not installed`);
    return;
  }
  const engine = join(build, 'native/engine');
  const sources = existsSync(engine) ? readdirSync(engine).filter((name) => name.endsWith('.cc')) : [];
  const program = join(directory, 'counted_writer');
  const counting = ['-fno-builtin-memcpy', '-fno-builtin-memmove', '-Wl,--wrap=memcpy,--wrap=memmove'];
  const flags = ['-std=c++20', '-O1', '-fno-exceptions', '-fno-rtti', '-DHALFOPEN_FAULTY_SYS', ...counting];
  const files = [workProgram, ...sources.map((name) => join(engine, name))];
  if (run(compiler, [...flags, `-I${join(build, 'native')}`, '-o', program, ...files]) === null) {
    skipped.push('copies of the writer: the work program does not compile with this build’s engine');
    return;
  }
  const printed = run(program, []);
  if (printed === null) {
    skipped.push('copies of the writer: this build’s engine did not do the work');
    return;
  }
  for (const [word, name] of Object.entries(names)) {
    const figure = new RegExp(`^${word} ([\\d.]+)$`, 'm').exec(printed)?.[1];
    if (figure !== undefined) found[name] = Number(figure);
  }
}
