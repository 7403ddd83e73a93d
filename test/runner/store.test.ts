import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadScenario, looksLikeFile, ownScenarios } from '../../src/runner/load.js';
import { ResultStore } from '../../src/runner/store.js';
import { runReport } from '../support/run-report.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('a record is on disk as soon as it was given, and the report is replaced whole', () => {
  const store = new ResultStore(join(directory, 'results'), 'run');
  const read = (name: string): string => readFileSync(join(directory, 'results', 'run', name), 'utf8');
  store.append({ type: 'cut', n: 1 });
  expect(read('samples.ndjson')).toBe('{"type":"cut","n":1}\n');
  store.save(runReport([], { seed: 1 }));
  store.save(runReport([], { seed: 2 }));
  expect(JSON.parse(read('run.json'))).toMatchObject({ schema: 1, seed: 2 });
  expect(readdirSync(store.directory).sort()).toEqual(['run.json', 'samples.ndjson']);
  store.close();
});

it('a report that nobody could read is not written, and the one before it stays', () => {
  const store = new ResultStore(directory, 'run');
  store.save(runReport([], { seed: 1 }));
  expect(() => store.save(runReport([], { seed: Number.NaN }))).toThrow('seed: expected a whole number');
  expect(JSON.parse(readFileSync(join(store.directory, 'run.json'), 'utf8'))).toMatchObject({ seed: 1 });
  expect(readdirSync(store.directory).sort()).toEqual(['run.json', 'samples.ndjson']);
  store.close();
});

it('every scenario of the package says what it asks, and its bars fit its measures', async () => {
  const found = await ownScenarios(join(import.meta.dirname, '../../dist/scenarios'));
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['plain', 'fin-idle', 'empty-storm']));
  for (const { question, bars, needs } of found) {
    expect(question).toMatch(/\?$/);
    expect(bars.length).toBeGreaterThan(0);
    expect(needs).not.toContain('');
  }
  expect(found[0]!.group).toBe('throughput');
});

it('a file without a scenario is refused', async () => {
  const file = join(directory, 'none.mjs');
  writeFileSync(file, 'export default 7;');
  await expect(loadScenario(file)).rejects.toThrow(/has no scenario as its default export/);
  expect([looksLikeFile(file), looksLikeFile('fin-idle'), looksLikeFile('no/such.ts')]).toEqual([true, false, false]);
});
