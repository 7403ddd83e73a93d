import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler, has, run } from './tools.js';

const sources = ['request_parser', 'request_line', 'field_rules', 'authority', 'chunked_decoder', 'trailer_rules'];
/** The same work for both builds, compiled with each one's parser. */
const workProgram = fileURLToPath(new URL('../../native/test/counted_work.cc', import.meta.url));

/** Instructions of a build's parser, and bytes that it copies, for fixed work under Valgrind. */
export function countParserWork(
  build: string,
  directory: string,
  found: Record<string, number>,
  skipped: string[],
): void {
  for (const tool of [compiler, 'valgrind']) {
    if (has(tool)) continue;
    skipped.push(`instructions and copies of the parser: ${tool} is not installed`);
    return;
  }
  const program = join(directory, 'counted_work');
  const engine = join(build, 'native/engine');
  const files = sources.map((name) => join(engine, `${name}.cc`)).filter((file) => existsSync(file));
  const flags = [
    '-std=c++20',
    '-O2',
    '-g',
    '-fno-exceptions',
    '-fno-rtti',
    `-I${join(build, 'native')}`,
    '-o',
    program,
  ];
  if (run(compiler, [...flags, workProgram, ...files]) === null) {
    skipped.push('instructions and copies of the parser: the work program does not compile with this build’s parser');
    return;
  }
  const counted = run('valgrind', [
    '--tool=callgrind',
    `--callgrind-out-file=${join(directory, 'callgrind')}`,
    program,
  ]);
  const collected = /Collected : (\d+)/.exec(counted ?? '')?.[1];
  if (collected !== undefined) found.instructions = Number(collected);
  const copies = run('valgrind', ['--tool=dhat', '--mode=copy', `--dhat-out-file=${join(directory, 'dhat')}`, program]);
  const copied = /Total:\s+([\d,]+) bytes/.exec(copies ?? '')?.[1];
  if (copied !== undefined) found.copied = Number(copied.replaceAll(',', ''));
  if (collected === undefined || copied === undefined)
    skipped.push('instructions and copies of the parser: valgrind did not say');
}
