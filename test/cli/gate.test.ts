import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import type { RunReport } from '../../src/reports/model.js';
import { type Recorded, recordGate } from '../gates/recorded.js';
import { needsAddon } from '../support/addon.js';
import { eventually } from '../support/waiting.js';
import { freePort } from './free-port.js';
import { deadlineMs, Running } from './running.js';

const root = resolve(import.meta.dirname, '../..');
const built = loadAddon().addon !== null;

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-gate-test-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

class Halfopen extends Running {
  constructor(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
    super(out, args, options);
  }
}
const halfopen = (...args: string[]) => new Halfopen(args).ended();
const reportIn = (directory: string): RunReport =>
  JSON.parse(readFileSync(join(directory, readdirSync(directory)[0]!, 'run.json'), 'utf8')) as RunReport;

describe('a gate judged again from its records', () => {
  let number = 0;
  const replay = (what: Recorded, ...flags: string[]) =>
    halfopen('gate', '--replay', recordGate(join(out, `recorded-${number++}`), what), ...flags);

  it.each<[string, Recorded, number, RegExp]>([
    ['the same build twice', {}, 0, /^PASS .*\n\nbaseline main, candidate \.\n {2}no figure became slower/],
    ['10 % slower, twice', { slowdowns: [0.1, 0.1] }, 10, /^FAIL [\s\S]*cpu_us_per_request became slower/],
    ['10 % slower once', { slowdowns: [0.1, 0] }, 0, /^PASS [\s\S]*a second session did not confirm it: pass/],
    ['a broken fault bar', { faults: ['fail'] }, 11, /^FAIL [\s\S]*1 fault bar is broken/],
    ['a wrong answer', { wrongAnswers: 1 }, 11, /^FAIL [\s\S]*expected wrong_answers count == 0, got 1/],
    ['a candidate that died', { died: 'cand', pairs: 20 }, 11, /^FAIL [\s\S]*the server died: ended by SIGSEGV/],
    ['a baseline that died', { died: 'base', pairs: 20 }, 30, /^NO BASELINE /],
    ['a fault bar without data', { faults: ['inconclusive'] }, 20, /^INCONCLUSIVE [\s\S]*1 fault bar is undecided/],
    ['too few pairs', { pairs: 12 }, 20, /^INCONCLUSIVE [\s\S]*ttfb_p50_us is undecided/],
    ['nothing yet', { pairs: 0 }, 20, /^INCONCLUSIVE /],
    ['a restless machine', { controlNoise: 0.5, slowdowns: [0.1] }, 21, /^INVALID [\s\S]*control slots are spread/],
    ['an interrupted run', { interrupted: true, slowdowns: [0.1] }, 130, /^INTERRUPTED /],
  ])('%s', async (_, what, expected, message) => {
    const { code, stdout } = await replay(what);
    expect(stdout).toMatch(message);
    expect(code).toBe(expected);
  });

  it.each([
    ['warn', 0],
    ['fail', 10],
  ])('undecided with --inconclusive %s exits %i', async (policy, expected) => {
    const { code, stdout } = await replay({ pairs: 12 }, '--inconclusive', policy);
    expect([code, stdout]).toEqual([expected, expect.stringMatching(/^INCONCLUSIVE /)]);
  });

  it('says what it could have seen', async () => {
    const { stdout } = await replay({});
    expect(stdout).toMatch(/^server CPU per request +[+−]\d\.\d % .* 5\.0 % +\d\.\d % +\d+ {2}pass$/m);
  });

  it('keeps what was counted', async () => {
    const counts = [{ name: 'copied', title: 'bytes copied', unit: 'bytes', base: 100, cand: 150 }];
    const { stdout } = await replay({ counts });
    expect(stdout).toMatch(/^Counted, not timed[\s\S]*^bytes copied, bytes +100 +150 +\+50\.0 %$/m);
  });

  it('a line that was cut off by a crash costs itself only', async () => {
    const directory = recordGate(join(out, 'cut-off'), { pairs: 12 });
    appendFileSync(join(directory, 'samples.ndjson'), '{"type":"slot","session":1,"bui');
    const { code } = await halfopen('gate', '--replay', directory);
    expect(code).toBe(20);
  });
});

describe('wrong use', () => {
  it.each([
    [['gate'], 'gate takes --base DIR|REV, or --self-test'],
    [['gate', '--base', '.', '--budget', 'soon'], '--budget takes a time such as 90s or 10m, got soon'],
    [['gate', '--base', '.', '--inconclusive', 'maybe'], 'exit, warn or fail'],
    [['gate', '--base', '.', '--exec', 'x'], '--exec and --url go together'],
    [['gate', '--base', '.', '--exec', 'x', '--url', 'https://x'], '--url must begin with http://'],
    [
      ['gate', '--base', '.', '--exec', 'x', '--url', 'http://x', '--counters'],
      '--counters is for builds of this gateway',
    ],
    [['gate', '--base', '.', '--fault', 'fin-idel'], 'did you mean fin-idle?'],
    [['gate', '--base', '.', '--bar', 'notise_app_ms p(99) < 5'], 'nobody here records notise_app_ms'],
    [['gate', '--base', '.', '--bars', 'nowhere.txt'], '--bars: ENOENT'],
    [['gate', '--self-test=offlien'], '--self-test takes no value, or offline'],
    [['gate', '--self-test', '--gates', '0'], '--gates takes a whole number'],
    [['gate', '--replay', 'nowhere'], 'nowhere holds no gate: ENOENT'],
    [['calibrate', '--pairs', '9'], '--pairs takes an even number from 8 up'],
    [['calibrate', '--build', 'nowhere'], '--build: no such directory'],
  ])('%j is one clear line, exit 2', async (args, message) => {
    const { code, stdout, stderr } = await halfopen(...args);
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(message);
  });
});

describe.runIf(built)('bars of one’s own', () => {
  it.each([
    ['hold where the scenario’s own did not: exit 0', ['--bar', 'answers{way:side} count <= 1'], 0],
    ['are broken where the scenario’s own held: exit 11', ['--bar', 'more count == 0'], 11],
    [
      'on a figure without data are no pass: exit 20',
      ['--bar', 'answers{way:side} count <= 1', '--bar', 'none_ms p(99) < 5'],
      20,
    ],
  ])('%s', async (_, flags, expected) => {
    const file = join(out, 'barred.mjs');
    writeFileSync(file, labelled);
    const { code, stdout } = await halfopen('run', file, '--target', 'node', ...flags, '--out', join(out, 'barred'));
    expect(stdout).toMatch(/^[A-Z]+ {2}1/);
    expect(code).toBe(expected);
  });

  it('a misspelt label of a bar: wrong use, exit 2', async () => {
    const file = join(out, 'labelled.mjs');
    writeFileSync(file, labelled);
    const { code, stdout } = await halfopen('run', file, '--target', 'node', '--bar', 'answers{way:sid} count <= 9');
    expect(stdout.replace(/\s+/g, ' ')).toContain('nothing matches answers{way:sid}; there is answers{way:side}');
    expect(code).toBe(2);
  });

  it('cannot save a scenario that fails by itself: exit 1', async () => {
    const file = join(out, 'throws.mjs');
    writeFileSync(file, labelled.replace('context.measure(more', 'throw new Error("oh no"); context.measure(more'));
    const { code, stdout } = await halfopen('run', file, '--target', 'node', '--out', join(out, 'throws'));
    expect(stdout).toMatch(/^THE TESTBED FAILED[\s\S]*oh no/);
    expect(code).toBe(1);
  });

  it('come from a file, with remarks', async () => {
    const file = join(out, 'of-a-file.mjs');
    writeFileSync(file, labelled);
    writeFileSync(join(out, 'bars.txt'), '# ours\nlabelled: answers{way:side} count <= 1 # one is fine\n\n');
    const { code } = await halfopen('run', file, '--target', 'node', '--bars', 'bars.txt', '--out', join(out, 'filed'));
    expect(code).toBe(0);
  });
});

describe('builds', () => {
  needsAddon();

  it('a baseline that does not exist, or is not built: exit 30', async () => {
    const empty = join(out, 'empty');
    mkdirSync(empty);
    for (const [base, why] of [
      ['no-such-revision', 'neither a directory nor a git revision'],
      [empty, 'is not built'],
    ] as const) {
      const { code, stderr } = await halfopen('gate', '--base', base, '--cand', root, '--fault', 'none');
      expect(stderr).toContain(`halfopen: the baseline is not available: `);
      expect(stderr).toContain(why);
      expect(code).toBe(30);
    }
  });

  it('a revision that cannot be built: exit 30, with what the tools said and no work tree left behind', async () => {
    const repository = join(out, 'repository');
    mkdirSync(repository);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: repository,
        encoding: 'utf8',
      });
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'nothing');
    const run = new Halfopen(
      ['gate', '--base', 'HEAD', '--cand', root, '--fault', 'none', '--build', 'echo no compiler; exit 7'],
      {
        cwd: repository,
      },
    );
    const { code, stderr } = await run.ended();
    expect(stderr).toMatch(/baseline: building HEAD \([0-9a-f]{9}\): echo no compiler/);
    expect(stderr).toMatch(/`echo no compiler; exit 7` ended with 7\nno compiler/);
    expect(code).toBe(30);
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  it('a candidate that is not built is wrong use: exit 2', async () => {
    const { code, stderr } = await halfopen('gate', '--base', root, '--cand', out, '--fault', 'none');
    expect(stderr).toContain('the candidate is not available');
    expect(code).toBe(2);
  });
});

it('without the addon: what to do, exit 21', async () => {
  const run = new Halfopen(['gate', '--base', root], { env: { HALFOPEN_ADDON: join(out, 'none.node') } });
  const { code, stderr } = await run.ended();
  expect(stderr).toContain('npm run build:native');
  expect(code).toBe(21);
});

describe.runIf(built)('a gate on real servers', () => {
  const server = join(import.meta.dirname, 'fixtures/page-server.mjs');
  const page = (port: number): string[] => ['--url', `http://127.0.0.1:${port}/page`, '--fault', 'none'];

  it('measures pairs of slots, and is undecided when its time is short: exit 20', async () => {
    const port = await freePort();
    const results = join(out, 'short');
    const exec = ['--exec', `node ${server} ${port}`, ...page(port), '--budget', '4s'];
    const { code, stdout, stderr } = await halfopen(
      'gate',
      '--base',
      out,
      '--cand',
      out,
      ...exec,
      '--seed',
      '3',
      '--out',
      results,
    );
    expect(stdout).toMatch(/^INCONCLUSIVE /);
    expect(stdout).toContain('--seed 3');
    expect(stderr).not.toContain('Error');
    expect(code).toBe(20);
    const { gate, results: found } = reportIn(results);
    expect(gate!.sessions[0]!.figures.map(({ name }) => name)).toEqual([
      ...['cpu_us_per_request', 'requests_per_second', 'ttfb_p50_us'],
    ]);
    expect(found.map(({ target, scenario }) => [target, scenario])).toEqual([
      ['baseline', 'gate'],
      ['candidate', 'gate'],
    ]);
  });

  it('a misspelt label among the fault bars ends it before anything is timed: exit 2', async () => {
    const bars = ['--fault', 'halfclose-reader', '--bar', 'false_aborts{body:payced} count == 0'];
    const results = join(out, 'misspelt');
    const { code } = await halfopen('gate', '--base', root, '--cand', root, ...bars, '--out', results);
    expect(code).toBe(2);
    expect(reportIn(results).gate!.sessions).toEqual([]);
  });

  it('a broken fault bar ends it before anything is timed: exit 11', async () => {
    const bars = ['--fault', 'halfclose-reader', '--bar', 'false_aborts{body:paced} count > 0'];
    const results = join(out, 'fault-bar');
    const { code, stdout } = await halfopen('gate', '--base', root, '--cand', root, ...bars, '--out', results);
    expect(stdout).toMatch(/^FAIL [\s\S]*1 fault bar is broken/);
    expect(code).toBe(11);
    expect(reportIn(results).gate!.sessions).toEqual([]);
  });

  it('a candidate that does not start is broken: exit 11; a baseline that does not: exit 30', async () => {
    const port = await freePort();
    const [good, bad] = [join(out, 'good'), join(out, 'bad')];
    for (const directory of [good, bad]) mkdirSync(directory);
    writeFileSync(join(good, 'serve'), `exec node ${server} ${port}`);
    writeFileSync(join(bad, 'serve'), 'echo out of cheese; exit 3');
    const gate = (base: string, cand: string) =>
      halfopen('gate', '--base', base, '--cand', cand, '--exec', 'sh ./serve', ...page(port), '--budget', '5s');
    const broken = await gate(good, bad);
    expect(broken.stdout).toMatch(/^FAIL [\s\S]*the server died: [\s\S]*out of cheese/);
    expect(broken.code).toBe(11);
    const missing = await gate(bad, good);
    expect(missing.stdout).toMatch(/^NO BASELINE /);
    expect(missing.code).toBe(30);
  });

  it('that is interrupted keeps what was measured and leaves no server behind: exit 130', async () => {
    const port = await freePort();
    const results = join(out, 'interrupted');
    const exec = ['--exec', `node ${server} ${port}`, ...page(port), '--budget', '5m'];
    const run = new Halfopen(['gate', '--base', out, '--cand', out, ...exec, '--out', results]);
    const samples = (): string => {
      try {
        return readFileSync(join(results, readdirSync(results)[0]!, 'samples.ndjson'), 'utf8');
      } catch {
        return '';
      }
    };
    await eventually(() => samples().split('"type":"slot"').length > 2, 'a pair of slots', deadlineMs);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended();
    expect(stdout).toMatch(/^INTERRUPTED /);
    expect(code).toBe(130);
    expect(reportIn(results)).toMatchObject({ interrupted: true, exitCode: 130, gate: { verdict: 'interrupted' } });
    expect(reportIn(results).gate!.sessions[0]!.pairs).toBeGreaterThan(0);
    await expect(fetch(`http://127.0.0.1:${port}/page`)).rejects.toThrow();
  });
});

/** A scenario as a user would write it; its own first bar does not hold. */
const labelled = `
import { count, defineScenario, values } from ${JSON.stringify(join(root, 'dist/testbed.js'))};
const measure = (name) => ({ name, title: name, unit: '', better: 'lower', what: 'for tests' });
const [answers, more, none] = ['answers', 'more', 'none_ms'].map(measure);
export default defineScenario({
  name: 'labelled',
  group: 'test',
  question: 'What do bars make of it?',
  needs: [],
  measures: [answers, more, none],
  bars: ['answers{way:side} count == 0', 'more count == 1'],
  seconds: { quick: 1, default: 1, full: 1 },
  run: async (context) => {
    context.measure(answers, count(1, 1), { way: 'side' });
    context.measure(more, count(1, 1));
    context.measure(none, values([]));
  },
});
`;
