import { deepStrictEqual, ok } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { test } from 'vitest';
import { collectSooner, triggerFor } from '../../src/cli/young-generation.js';

/** Young collections of a process that allocates between turns. */
function collections(mebibytes: number, prologue: string): number {
  const program = `
    ${prologue}
    let turns = 0;
    const turn = () => {
      for (let i = 0; i < 2000; i++) globalThis.last = new Array(16).fill(i);
      if (++turns < 400) setImmediate(turn);
    };
    turn();`;
  const size = [`--min-semi-space-size=${mebibytes}`, `--max-semi-space-size=${mebibytes}`];
  const flags = ['--trace-gc', ...size, '--input-type=module'];
  const out = execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: 20_000 });
  return out.split('\n').filter((line) => /Scavenge/.test(line)).length;
}

const module = JSON.stringify(new URL('../../dist/cli/young-generation.js', import.meta.url).href);

const tuned = `import { collectSooner } from ${module}; if (!collectSooner([])) throw new Error('not done');`;

test('V8 collects a large young generation sooner', () => {
  const before = collections(16, '');
  const after = collections(16, tuned);
  ok(after >= 2 * before && before > 0, `${before} collections without, ${after} with`);
});

test('V8 lets a small young generation fill up', () => {
  const before = collections(1, '');
  const after = collections(1, tuned);
  ok(after < before && after > 0, `${before} collections without, ${after} with`);
});

test('where much survives, V8 is left alone after a second', () => {
  const program = `
    ${tuned}
    import { setTimeout as sleep } from 'node:timers/promises';
    const end = Date.now() + 4500;
    async function stream() {
      while (Date.now() < end) {
        await sleep(100);
        globalThis.last = Array.from({ length: 30 }, (_, i) => ({ i }));
      }
    }
    for (let i = 0; i < 5000; i++) void stream();`;
  const size = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
  const flags = ['--trace-gc', ...size, '--input-type=module'];
  const out = execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', timeout: 20_000 });
  const times = [...out.matchAll(/(\d+) ms: Scavenge/g)].map((match) => Number(match[1]));
  const within = (from: number, to: number) => times.filter((time) => time >= from && time < to).length;
  const [first, last] = [within(0, 1000), within(3000, 4000)];
  ok(first >= 2 * last && last > 0, `${first} collections in the first second, ${last} in the fourth`);
});

test('the trigger is 2 MiB, or all there is', () => {
  const mebibytes = [0.5, 1, 2, 4, 8, 16, 64];
  deepStrictEqual(
    mebibytes.map((size) => triggerFor(size * 1024 * 1024)),
    [100, 100, 100, 50, 25, 13, 3],
  );
});

test('whoever set the size of the young generation is left alone', () => {
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
