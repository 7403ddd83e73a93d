import { deepStrictEqual, ok } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { test } from 'vitest';

/** Young collections, and where in MiB the young generation stood when they began, of a process that allocates between turns. */
function collections(prologue: string): number {
  const program = `
    ${prologue}
    let turns = 0;
    const turn = () => {
      for (let i = 0; i < 2000; i++) globalThis.last = new Array(16).fill(i);
      if (++turns < 400) setImmediate(turn);
    };
    turn();`;
  const flags = ['--trace-gc', '--min-semi-space-size=16', '--input-type=module'];
  const out = execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: 20_000 });
  return out.split('\n').filter((line) => /Scavenge/.test(line)).length;
}

const module = JSON.stringify(new URL('../../dist/cli/young-generation.js', import.meta.url).href);

test('V8 collects the young generation sooner', () => {
  const before = collections('');
  const after = collections(
    `import { collectSooner } from ${module}; if (!collectSooner([])) throw new Error('not done');`,
  );
  ok(after >= 2 * before && before > 0, `${before} collections without, ${after} with`);
});

test('whoever set the size of the young generation is left alone', async () => {
  const { collectSooner } = await import('../../src/cli/young-generation.js');
  const refused = [
    '--max-semi-space-size=64',
    '--min-semi-space-size=1',
    '--minor-gc-task-trigger=80',
    '--no-minor-gc-task',
    '--max-heap-size=80',
  ];
  deepStrictEqual(
    refused.map((flag) => collectSooner(['--enable-source-maps', flag])),
    refused.map(() => false),
  );
});
