import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';

const root = resolve(import.meta.dirname, '../..');
/** Servers are processes: they and what starts them are the compiled ones. */
const compiled = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(root, path)).href)) as T;
const DEADLINE_MS = 180_000;

const built = loadAddon().addon !== null;
const has = (command: string): boolean => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

describe.runIf(built)('what a build needs for fixed work', () => {
  it(
    'is counted, the same twice; or it is said why not',
    async () => {
      const { countBuild } = await compiled<typeof import('../../src/duel/counters.js')>('dist/duel/counters.js');
      const { gatewayOf } = await compiled<typeof import('../../src/duel/contestant.js')>('dist/duel/contestant.js');
      const build = { label: 'this', directory: root, discard: () => {} };
      const count = () => countBuild(gatewayOf(build, 'counted'), root, AbortSignal.timeout(DEADLINE_MS));
      const [first, second] = [await count(), await count()];
      for (const { found, skipped } of [first, second]) {
        if (found.calls_per_request === undefined) expect(skipped.join()).toMatch(/system calls: strace/);
        // A request takes a wait, a receive and a send at the least.
        else expect(found.calls_per_request).toBeGreaterThan(2.5);
        if (found.sent_per_chunk !== undefined) expect(found.sent_per_chunk).toBeGreaterThan(64);
        expect(found.heap_per_request ?? 1).toBeGreaterThan(0);
        if (has('valgrind') && has('c++')) expect(found.instructions).toBeGreaterThan(1e7);
        else expect(skipped.join()).toMatch(/instructions and copies of the parser: .* is not installed/);
      }
      expect(second.found.sent_per_chunk).toBe(first.found.sent_per_chunk);
      const copied = ['copied_small', 'copied_small_refused', 'copied_large', 'copied_large_refused'] as const;
      if (has('c++')) {
        const [small, refused, large, queued] = copied.map((name) => first.found[name]!);
        // Chunk and framing go to one place; what the kernel refuses is copied once more, and what is large only then.
        expect(small).toBeGreaterThan(1);
        expect(small).toBeLessThan(1.2);
        expect(refused).toBeCloseTo(2 * small!, 2);
        expect(large).toBeLessThan(0.01);
        expect(queued).toBeCloseTo(1, 2);
      } else expect(first.skipped.join()).toMatch(/copies of the writer: .* is not installed/);
      for (const name of copied) expect(second.found[name]).toBe(first.found[name]);
      const [one = 1, other = 1] = [first.found.instructions, second.found.instructions];
      expect(Math.abs(other / one - 1)).toBeLessThan(0.001);
    },
    DEADLINE_MS,
  );
});
