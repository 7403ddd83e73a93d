import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import type { RunReport } from '../../src/reports/model.js';
import { eventually, within } from '../support/waiting.js';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');
const built = loadAddon().addon !== null;
const deadlineMs = 60_000;

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Halfopen {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly #end: Promise<number | null>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [main, ...args], { cwd: out, env: { ...process.env, ...env } });
    this.child.stdout!.on('data', (data) => (this.stdout += data));
    this.child.stderr!.on('data', (data) => (this.stderr += data));
    this.#end = new Promise((done) => this.child.on('close', done));
  }

  async ended(): Promise<Ended> {
    const code = await within(this.#end, `halfopen to end; so far: ${this.stderr}`, deadlineMs);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

const halfopen = (...args: string[]): Promise<Ended> => new Halfopen(args).ended();
/** The only run in a directory for results. */
const runIn = (directory: string): string => join(directory, readdirSync(directory)[0]!);
const reportIn = (directory: string): RunReport =>
  JSON.parse(readFileSync(join(runIn(directory), 'run.json'), 'utf8')) as RunReport;
const samplesIn = (directory: string): Record<string, unknown>[] =>
  readFileSync(join(runIn(directory), 'samples.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('wrong use', () => {
  it.each([
    [['bench', '--scenario', 'fin-idel'], /^halfopen: no scenario "fin-idel"; did you mean fin-idle\?\n$/],
    [['bench', '--target', 'nativ'], /^halfopen: no target "nativ"; did you mean native\?\n$/],
    [['bench', '--seed', 'x'], /--seed takes a whole number/],
    [['bench', '--quick', '--full'], /exclude each other/],
    [['bench', '--frobnicate'], /--frobnicate/],
    [['run'], /which scenario\?/],
    [['run', 'plain', '--exec', 'x'], /--exec needs --url/],
    [['run', 'plain', '--url', 'ftp://x'], /must begin with http/],
    [['list', 'senarios'], /did you mean scenarios\?/],
  ])('%j is one clear line, exit 2', async (args, message) => {
    const { code, stdout, stderr } = await halfopen(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('finding one’s way', () => {
  it.each(['bench', 'run', 'list'])('%s --help', async (command) => {
    const { code, stdout } = await halfopen(command, '--help');
    expect(stdout).toContain(`halfopen ${command}`);
    expect(code).toBe(0);
  });

  it('lists scenarios by their questions, targets and faults', async () => {
    const lists = await Promise.all(['scenarios', 'targets', 'faults'].map((kind) => halfopen('list', kind)));
    expect(lists[0]!.stdout).toMatch(/^fin-idle +A client leaves politely/m);
    expect(lists[1]!.stdout).toMatch(/^node-http +a plain node:http server/m);
    expect(lists[2]!.stdout).toMatch(/^half-close /m);
  });
});

it('without the addon: says what to do, exit 21', async () => {
  const { code, stderr } = await new Halfopen(['bench'], { HALFOPEN_ADDON: join(out, 'none.node') }).ended();
  expect(stderr).toContain('npm run build:native');
  expect(code).toBe(21);
});

describe.runIf(built)('a run', () => {
  it('judges, shows the verdict first, and keeps every sample', async () => {
    const results = join(out, 'judged');
    const args = ['bench', '--quick', '--scenario', 'halfclose-reader', '--target', 'node,node-http', '--seed', '5'];
    const { code, stdout, stderr } = await halfopen(...args, '--out', results);
    const report = reportIn(results);
    expect(stdout).toMatch(/^PASS {2}1 pass on node · quick run/);
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toMatch(/^\[1\/2\] halfclose-reader on \S+, about \d+ s left$/m);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      schema: 1,
      seed: 5,
      size: 'quick',
      verdict: 'pass',
      exitCode: 0,
      interrupted: false,
    });
    expect(report.environment.node).toBe(process.version);
    expect(report.results.map(({ target }) => target)).toEqual(['node', 'node-http']);
    // node:http cuts half-closed readers off: a finding that decides nothing.
    expect(report.results[1]!.verdict).toBe('fail');
    const cuts = samplesIn(results).filter(({ type }) => type === 'cut');
    expect(cuts).toHaveLength(2 * 2 * 32);
    expect(cuts[0]).toMatchObject({ scenario: 'halfclose-reader', action: 'half-close', receipt: { ok: true } });
  });

  it('is broken by a bar that does not hold: exit 11', async () => {
    const file = join(out, 'impossible.mjs');
    writeFileSync(file, impossible);
    const results = join(out, 'broken');
    const { code, stdout } = await halfopen('run', file, '--target', 'node', '--out', results);
    expect(stdout).toMatch(/^FAIL/);
    expect(stdout).toContain('expected answers count == 0, got 1 of 1 sample');
    expect(code).toBe(11);
  });

  it('of a server of one’s own that dies is a failure with its last words', async () => {
    const results = join(out, 'dies');
    const { code, stdout } = await halfopen(
      ...['run', 'plain', '--exec', 'echo no disk left; exit 4', '--url', 'http://127.0.0.1:9/', '--out', results],
    );
    expect(stdout).toMatch(/did not start: exited with code 4; it printed: no disk left/);
    expect(code).toBe(11);
  });

  it('that is interrupted keeps what was measured and leaves no server behind: exit 130', async () => {
    const results = join(out, 'interrupted');
    const run = new Halfopen(
      ['bench', '--scenario', 'halfclose-reader,backoff-schedule', '--target', 'node', '--out', results],
      { TMPDIR: out },
    );
    await eventually(() => run.stderr.includes('backoff-schedule on node'), 'the second scenario', deadlineMs);
    await eventually(() => serversBelow(run.child.pid!).length > 0, 'its server', deadlineMs);
    const servers = serversBelow(run.child.pid!);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended();
    expect(stdout).toMatch(/^INTERRUPTED/);
    expect(code).toBe(130);
    const report = reportIn(results);
    expect(report).toMatchObject({ interrupted: true, exitCode: 130 });
    expect(report.results.map(({ scenario, verdict }) => [scenario, verdict])).toEqual([
      ['halfclose-reader', 'pass'],
      ['backoff-schedule', 'inconclusive'],
    ]);
    expect(samplesIn(results).length).toBeGreaterThan(64);
    for (const pid of servers) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(readdirSync(out).filter((name) => name.startsWith('halfopen-'))).toEqual([]);
  });
});

function serversBelow(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A scenario as a user would write it, with a bar that no server can hold. */
const impossible = `
import { count, defineScenario } from ${JSON.stringify(join(root, 'dist/testbed.js'))};
const answers = { name: 'answers', title: 'answers', unit: '', better: 'lower', what: 'answers that came' };
export default defineScenario({
  name: 'impossible',
  group: 'test',
  question: 'Does it answer nothing?',
  needs: [],
  measures: [answers],
  bars: ['answers count == 0'],
  seconds: { quick: 1, default: 1, full: 1 },
  run: async (context) => {
    const text = await context.fetch('/');
    context.measure(answers, count(text === 'Hello, world!' ? 1 : 0, 1));
  },
});
`;
