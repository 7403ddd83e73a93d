import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed, sample } from '../reports/sample.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const DEADLINE_MS = 15_000;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'halfopen-stored-'));
  mkdirSync(join(cwd, 'run'));
  writeFileSync(join(cwd, 'run', 'run.json'), JSON.stringify(sample));
  writeFileSync(join(cwd, 'elsewhere.json'), JSON.stringify(changed(['environment', 'cpuModel'], 'Other')));
  writeFileSync(join(cwd, 'wrong.json'), JSON.stringify(changed(['results', 0, 'verdict'], 'fine')));
  writeFileSync(join(cwd, 'half.json'), JSON.stringify(sample).slice(0, 500));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function halfopen(args: readonly string[], env: NodeJS.ProcessEnv = {}, timeout = DEADLINE_MS) {
  const options = { cwd, encoding: 'utf8', timeout, env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...args], options);
  if (error) throw new Error(`halfopen ${args.join(' ')}: ${error.message}`);
  return { status, stdout, stderr };
}

describe('halfopen compare', () => {
  it('takes a file or its directory', () => {
    const { status, stdout } = halfopen(['compare', 'run', 'run/run.json']);
    expect(status).toBe(0);
    expect(stdout).toContain('this decides nothing');
  });

  it('refuses runs from different surroundings, and shows them labelled when forced', () => {
    const refused = halfopen(['compare', 'run', 'elsewhere.json']);
    expect([refused.status, refused.stdout]).toEqual([21, '']);
    expect(refused.stderr).toContain('CPU: Some CPU and Other');
    const forced = halfopen(['compare', 'run', 'elsewhere.json', '--force']);
    expect(forced.status).toBe(0);
    expect(forced.stdout).toContain('NOT COMPARABLE');
  });

  it.each([
    [['compare', 'run'], 'takes two stored runs'],
    [['compare', 'run', 'nowhere.json'], 'nowhere.json is no stored run: ENOENT'],
    [['compare', 'run', 'half.json'], 'half.json is no stored run'],
    [['compare', 'wrong.json', 'run'], 'results[0].verdict: expected one of pass'],
  ])('%j exits 2 with a clear line', (args, message) => {
    const { status, stderr } = halfopen(args);
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(message);
  });
});

describe('halfopen report', () => {
  it('shows a stored run as text', () => {
    const { status, stdout } = halfopen(['report', 'run']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^FAIL/);
  });

  it('writes files, and annotations to standard output alone', () => {
    const { status, stdout } = halfopen(['report', 'run', '--junit', 'j.xml', '--markdown', 'm.md', '--annotations']);
    expect(status).toBe(0);
    expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::'))).toEqual([]);
    expect(readFileSync(join(cwd, 'j.xml'), 'utf8')).toContain('</testsuites>');
    expect(readFileSync(join(cwd, 'm.md'), 'utf8')).toContain('## halfopen');
  });

  it('adds to a step summary', () => {
    const file = join(cwd, 'summary.md');
    writeFileSync(file, 'before\n');
    halfopen(['report', 'run', '--markdown', file], { GITHUB_STEP_SUMMARY: file });
    expect(readFileSync(file, 'utf8')).toMatch(/^before\n## halfopen/);
  });

  it('exits as the run did, when asked to', () => {
    expect(halfopen(['report', 'run', '--exit-code']).status).toBe(11);
  });

  it('says where it cannot write', () => {
    const { status, stderr } = halfopen(['report', 'run', '--junit', 'no/such/dir.xml']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('no/such/dir.xml cannot be written')]);
  });
});

describe('halfopen gate --self-test=offline', () => {
  it('reports every claim under every noise', () => {
    const { status, stdout } = halfopen(['gate', '--self-test=offline', '--gates', '40']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NOT REFUTED {2}40 virtual gates each, 6 figures a gate, seed 1/);
    expect(stdout.match(/ holds$/gm)).toHaveLength(19);
    expect(stdout.match(/ reported$/gm)).toHaveLength(2);
  });

  it(
    'says how long it will take, when it takes long',
    () => {
      const { status, stderr } = halfopen(['gate', '--self-test=offline', '--gates', '800'], {}, 6 * DEADLINE_MS);
      expect(status).toBe(0);
      expect(stderr).toMatch(/^\d+ of 21 campaigns, about \d+ s left$/m);
    },
    6 * DEADLINE_MS,
  );

  it.each([
    [['gate', '--self-test=offline', '--seed', 'x'], '--seed takes a whole number'],
    [['gate', '--self-test=offline', '--gates', '0'], '--gates takes a whole number'],
    [['gate', '--self-test=offline', '--gates', '9', '--quick'], 'exclude each other'],
  ])('%j is wrong use', (args, message) => {
    expect(halfopen(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
  });
});
