import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bothHarnesses, HarnessWatch } from '../../src/runner/harness-watch.js';

it('counts collections and CPU time of this process', async () => {
  const watch = new HarnessWatch();
  let kept: unknown[] = [];
  // Garbage until the collector has run: the runtime tells it to observers a turn later.
  for (let round = 0; round < 40; round++) {
    kept = Array.from({ length: 20_000 }, (_, i) => ({ i, before: kept.length }));
    await sleep(1);
  }
  const found = watch.done();
  expect(found.collections).toBeGreaterThan(0);
  expect(found.collectionMs).toBeGreaterThanOrEqual(found.longestCollectionMs);
  expect(found.longestCollectionMs).toBeGreaterThan(0);
  expect(found.cpuMs).toBeGreaterThan(0);
});

it('adds rounds up, and keeps the longest pause', () => {
  const a = { cpuMs: 1.5, collections: 1, collectionMs: 2, longestCollectionMs: 2 };
  const b = { cpuMs: 2, collections: 3, collectionMs: 1.5, longestCollectionMs: 1 };
  expect(bothHarnesses(a, b)).toEqual({ cpuMs: 3.5, collections: 4, collectionMs: 3.5, longestCollectionMs: 2 });
});
