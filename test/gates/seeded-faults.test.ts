import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { place } from '../support/run-report.js';

const root = resolve(import.meta.dirname, '../..');
/** Servers are processes: they and what starts them are the compiled ones. */
const compiled = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(root, path)).href)) as T;
const DEADLINE_MS = 120_000;

const built = loadAddon().addon !== null;
const faults: readonly [fault: string, broken: readonly string[]][] = [
  ['none', []],
  ['ignores-disconnects', ['unnoticed count == 0']],
  ['leaks', ['releases_wrong count == 0']],
  ['never-backs-off', ['pull_excess max <= 1.5']],
  ['buffers-too-much', ['memory_per_reader_kib max <= 150']],
];

describe.runIf(built)('a fault that was put in', () => {
  it.each(faults)(
    '%s breaks its own bar and no other',
    async (fault, broken) => {
      const { runSuite } = await compiled<typeof import('../../src/runner/suite.js')>('dist/runner/suite.js');
      const { ownTarget } = await compiled<typeof import('../../src/targets/own.js')>('dist/targets/own.js');
      const { startScript } = await compiled<typeof import('../../src/targets/script.js')>('dist/targets/script.js');
      const { default: scenario } = await compiled<{ default: Scenario }>('test/gates/fixtures/all-faults.js');
      const script = '../../../test/gates/fixtures/faulty-server';
      const target = ownTarget('native', fault, []);
      const report = await runSuite({
        ...{ id: 'r', version: '0', scenarios: [scenario], size: 'quick', seed: 1, environment: place },
        targets: [{ ...target, start: (options) => startScript(script, [fault], options) }],
        store: { append: () => {}, save: () => {} },
        signal: AbortSignal.timeout(DEADLINE_MS),
        listener: { started: () => {} },
      });
      const [result] = report.results;
      expect(result!.problem).toBeUndefined();
      expect(result!.bars.map(({ text, verdict }) => [text, verdict])).toEqual(
        result!.bars.map(({ text }) => [text, broken.includes(text) ? 'fail' : 'pass']),
      );
      expect(report.exitCode).toBe(broken.length > 0 ? 11 : 0);
    },
    DEADLINE_MS,
  );
});
