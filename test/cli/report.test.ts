import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/reports/model.js';
import { sample } from '../reports/sample.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const DEADLINE_MS = 15_000;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'halfopen-report-'));
  const passed = sample.results.filter(({ scenario }) => scenario === 'plain');
  const part = (name: string, index: number, of: number): void => {
    const scenarios = [sample.scenarios[0]!];
    const run: RunReport = {
      ...sample,
      id: name,
      verdict: 'pass',
      exitCode: 0,
      scenarios,
      results: passed,
      shard: { index, of },
    };
    writeFileSync(join(cwd, `${name}.json`), JSON.stringify(run));
  };
  part('one', 1, 2);
  part('two', 2, 2);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function halfopen(...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...args], {
    ...{ cwd, encoding: 'utf8', timeout: DEADLINE_MS },
  });
  if (error) throw new Error(`halfopen ${args.join(' ')}: ${error.message}`);
  return { status, stdout, stderr };
}

describe('halfopen report of several runs', () => {
  it('is one report, and one run that can be stored', () => {
    const { status, stdout } = halfopen('report', 'one.json', 'two.json', '--merged', 'all.json');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^PASS/)]);
    const merged = JSON.parse(readFileSync(join(cwd, 'all.json'), 'utf8')) as RunReport;
    expect(merged.id).toBe('one+two');
    expect(merged.results[0]!.measures[0]!.series).toEqual({
      kind: 'values',
      values: [900, 1000, 1100, 900, 1000, 1100],
    });
    expect(halfopen('report', 'all.json', '--exit-code').status).toBe(0);
  });

  it('is inconclusive without one of the shards: exit 20', () => {
    const { status, stdout } = halfopen('report', 'one.json', '--exit-code');
    expect([status, stdout]).toEqual([20, expect.stringMatching(/^INCONCLUSIVE[\s\S]*shard 2 of 2 is missing/)]);
  });

  it('refuses to count anything twice', () => {
    const { status, stderr } = halfopen('report', 'one.json', 'one.json');
    expect([status, stderr]).toEqual([2, 'halfopen: the run one is given twice\n']);
  });
});

describe('halfopen bench --shard', () => {
  it.each([
    [['--shard', '1/2'], '--shard needs --seed'],
    [['--shard', '3/2', '--seed', '1'], '--shard takes a part of a whole, such as 1/3, got 3/2'],
    [['--shard', '0/2', '--seed', '1'], '--shard takes a part of a whole'],
  ])('%j is wrong use', (flags, message) => {
    const { status, stderr } = halfopen('bench', ...flags);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
