import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result, RunReport } from '../../src/reports/model.js';
import { type Asked, standing, unfinishedRun } from '../../src/runner/resume.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { nodeHttp } from '../../src/targets/node-http.js';
import { needsAddon } from '../support/addon.js';
import { bar, place, result, runReport } from '../support/run-report.js';
import { eventually, within } from '../support/waiting.js';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const scenario = (name: string): Scenario => ({
  name,
  group: 'test',
  question: '?',
  needs: [],
  measures: [],
  bars: ['m max < 5'],
  seconds: { quick: 1, default: 1, full: 1 },
  run: async () => {},
});
const [one, two] = [scenario('one'), scenario('two')];
const asked: Asked = {
  version: '0.1.0',
  scenarios: [one, two],
  targets: [nodeHttp],
  size: 'quick',
  seed: null,
  shard: null,
  environment: place,
};
const cell = (name: string, given: Partial<Result> = {}): Result =>
  result({ scenario: name, target: 'node-http', bars: [bar()], ...given });

function stored(id: string, results: readonly Result[], given: Partial<RunReport> = {}): void {
  const { name, role, summary } = nodeHttp;
  const what = [one, two].map(({ name, group, question }) => ({ name, group, question }));
  const run = runReport(results, {
    id,
    size: 'quick',
    seed: 7,
    targets: [{ name, role, summary }],
    scenarios: what,
    ...given,
  });
  mkdirSync(join(out, id), { recursive: true });
  writeFileSync(join(out, id, 'run.json'), JSON.stringify(run));
}

describe('what can be continued', () => {
  it('is the latest run that asked the same and was broken off', () => {
    stored('a', [cell('one')]);
    stored('b', [cell('one')]);
    mkdirSync(join(out, 'c'));
    stored('d', [cell('one')], { size: 'full' });
    expect(unfinishedRun(out, asked)?.id).toBe('b');
    expect(unfinishedRun(out, { ...asked, seed: 7 })?.id).toBe('b');
  });

  it('is not one that is finished, nor an older one behind it', () => {
    stored('a', [cell('one')]);
    stored('b', [cell('one'), cell('two')]);
    expect(unfinishedRun(out, asked)).toBeNull();
  });

  it.each<[string, Partial<Asked>]>([
    ['seed', { seed: 8 }],
    ['size', { size: 'default' }],
    ['version', { version: '0.2.0' }],
    ['shard', { shard: { index: 1, of: 2 } }],
    ['scenarios', { scenarios: [two, one] }],
    ['targets', { targets: [{ ...nodeHttp, name: 'other' }] }],
    ['build', { environment: { ...place, revision: 'fedcba' } }],
    ['machine', { environment: { ...place, cores: 4 } }],
  ])('is not one of another %s', (_, given) => {
    stored('a', [cell('one')]);
    expect(unfinishedRun(out, asked)?.id).toBe('a');
    expect(unfinishedRun(out, { ...asked, ...given })).toBeNull();
  });

  it('is nothing where there is no directory', () => {
    expect(unfinishedRun(join(out, 'none'), asked)).toBeNull();
  });
});

describe('what stands of it', () => {
  const of = (given: Partial<Result>) => standing(runReport([cell('one', given)]), one).length;

  it('is what was judged, skipped, or failed by the server’s own fault', () => {
    expect(of({})).toBe(1);
    expect(of({ verdict: 'inconclusive' })).toBe(1);
    expect(of({ verdict: 'skipped', problem: 'not here', bars: [] })).toBe(1);
    expect(of({ verdict: 'fail', problem: 'it died', bars: [] })).toBe(1);
  });

  it('is not what was interrupted, what the testbed spoilt, or what other bars judged', () => {
    expect(of({ verdict: 'inconclusive', problem: 'interrupted', bars: [] })).toBe(0);
    expect(of({ verdict: 'inconclusive', problem: 'the testbed failed: oh no', bars: [] })).toBe(0);
    expect(of({ bars: [bar({ text: 'm max < 6' })] })).toBe(0);
    expect(of({ bars: [bar({ text: 'm max < 9', knownLimit: { original: 'm max < 5', reason: '' } })] })).toBe(1);
  });
});

describe('halfopen bench --resume', () => {
  needsAddon();
  const main = resolve(import.meta.dirname, '../../dist/cli/main.js');
  const line = ['bench', '--quick', '--scenario', 'halfclose-reader,late-fin,fin-idle', '--target', 'node,node-http'];

  /** The same command each time. Git is out of reach: a commit in between would be another build. */
  function bench() {
    const env = { ...process.env, GIT_DIR: join(out, 'no-repository') };
    const child = spawn(process.execPath, [main, ...line, '--resume', '--out', join(out, 'results')], { env });
    const told = { child, stderr: '', code: new Promise<number | null>((done) => child.on('close', done)) };
    child.stdout.resume();
    child.stderr.on('data', (data) => {
      told.stderr += data;
    });
    return told;
  }
  const runs = () => readdirSync(join(out, 'results'));
  const saved = () => JSON.parse(readFileSync(join(out, 'results', runs()[0]!, 'run.json'), 'utf8')) as RunReport;
  const judged = () =>
    readFileSync(join(out, 'results', runs()[0]!, 'samples.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, string>)
      .filter(({ type, problem }) => type === 'result' && problem !== 'interrupted');

  it('finishes what Ctrl-C broke off, and repeats nothing', { timeout: 120_000 }, async () => {
    const first = bench();
    await eventually(() => first.stderr.includes('late-fin on'), `the second scenario: ${first.stderr}`, 60_000);
    first.child.kill('SIGINT');
    expect(await within(first.code, 'the interrupted run to end', 30_000)).toBe(130);
    expect(first.stderr).toContain('the same command with --resume goes on from here');
    const before = saved();
    expect(before.interrupted).toBe(true);

    const second = bench();
    await within(second.code, 'the continued run to end', 60_000);
    expect(second.stderr).toContain(`goes on with ${before.id}`);
    expect(second.stderr).not.toContain('halfclose-reader on');
    const after = saved();
    expect(runs()).toHaveLength(1);
    expect(after).toMatchObject({ id: before.id, seed: before.seed, startedAt: before.startedAt, interrupted: false });
    expect(after.seconds).toBeGreaterThan(before.seconds);
    expect(after.results.slice(0, 2)).toEqual(before.results.slice(0, 2));
    const cells = ['halfclose-reader', 'late-fin', 'fin-idle'].flatMap((name) => [`${name} node`, `${name} node-http`]);
    const named = (results: readonly { readonly scenario?: string; readonly target?: string }[]) =>
      results.map((each) => `${each.scenario} ${each.target}`).sort();
    expect(named(after.results)).toEqual(cells.toSorted());
    expect(after.results.some(({ problem }) => problem === 'interrupted')).toBe(false);
    expect(named(judged())).toEqual(cells.toSorted());
  });
});
