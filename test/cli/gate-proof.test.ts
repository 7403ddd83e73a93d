import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import { duration } from '../../src/cli/duration.js';
import { eventually } from '../support/waiting.js';
import { deadlineMs, Running } from './running.js';

const root = resolve(import.meta.dirname, '../..');
const built = loadAddon().addon !== null;

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-proof-test-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const selfTest = (...args: string[]) => new Running(out, ['gate', '--self-test', ...args]);
const recordsIn = (directory: string): string => {
  try {
    return readFileSync(join(directory, 'samples.ndjson'), 'utf8');
  } catch {
    return '';
  }
};

/** What a self-test of so many gates, all decided as they should be, has left behind. */
function recorded(name: string, gates: { same: number; slower: number }): string {
  const kinds = [0, 0.05, 0.1, 0.2].map((slowdown) => ({
    slowdown,
    count: slowdown === 0 ? gates.same : gates.slower,
  }));
  const lines = kinds.flatMap(({ slowdown, count }) =>
    Array.from({ length: count }, (_, number) => ({
      ...{ type: 'gate', slowdown, number, verdict: slowdown === 0 ? 'pass' : 'fail' },
    })),
  );
  const directory = join(out, name);
  mkdirSync(directory);
  const head = [
    { type: 'proof', build: root, seed: 7, budgetMs: 60_000 },
    { type: 'yardstick', perRequestNs: 9000, perStreamNs: 40_000 },
  ];
  const text = [...head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(directory, 'samples.ndjson'), text);
  return directory;
}

describe('a self-test on real servers that has been played', () => {
  it('shows its ledger again, with bounds, and plays nothing', async () => {
    const directory = recorded('done', { same: 300, slower: 60 });
    const { code, stdout, stderr } = await selfTest('--resume', directory, '--gates', '300', '--slower', '60').ended();
    expect(stdout).toMatch(/^PROVED {2}gates of known outcome on real servers, seed 7$/m);
    expect(stdout).toMatch(/^ +0\.0 % +300 +0 +0\.0 % … 1\.0 % +300 +0 +0 +proved$/m);
    expect(stdout).toMatch(/^ +20\.0 % +60 +60 +95\.1 % … 100\.0 % +0 +0 +0 +proved$/m);
    expect(stdout).toContain(`ledger: ${directory}/samples.ndjson\n`);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('is asked for some slowdowns only: the others are not played', async () => {
    const directory = recorded('some', { same: 2, slower: 0 });
    const tenth = [0, 1].map((number) => `{"type":"gate","slowdown":0.1,"number":${number},"verdict":"fail"}\n`);
    appendFileSync(join(directory, 'samples.ndjson'), tenth.join(''));
    const all = ['--resume', directory, '--gates', '2', '--slower', '2'];
    const { code, stdout } = await selfTest(...all, '--slowdowns', '10').ended();
    expect([code, stdout.match(/^ +\d+\.\d % +\d/gm)]).toEqual([0, ['    0.0 %      2', '   10.0 %      2']]);
  });

  it.each(['', 'ten', '0', '5,,10', '101'])('takes slowdowns in per cent, not %j: exit 2', async (slowdowns) => {
    const { code, stderr } = await selfTest('--slower', '2', '--slowdowns', slowdowns).ended();
    expect([code, stderr]).toEqual([2, expect.stringContaining('--slowdowns takes per cent such as 5,10')]);
  });

  it('is broken where a claim is refuted: exit 10', async () => {
    const directory = recorded('broken', { same: 1, slower: 0 });
    for (let number = 1; number < 4; number++)
      appendFileSync(
        join(directory, 'samples.ndjson'),
        `{"type":"gate","slowdown":0,"number":${number},"verdict":"fail"}\n`,
      );
    const { code, stdout } = await selfTest('--resume', directory, '--gates', '4', '--slower', '0').ended();
    expect(stdout).toMatch(/^BROKEN [\s\S]* 4 +3 +\d/);
    expect(code).toBe(10);
  });
});

describe.runIf(built)('a self-test on real servers', () => {
  it(
    'that is interrupted shows what it counted, and goes on where it was',
    async () => {
      const results = join(out, 'results');
      const run = selfTest('--cand', root, '--gates', '9', '--slower', '0', '--budget', '1s', '--out', results);
      const directory = (): string => join(results, readdirSync(results)[0]!);
      await eventually(() => run.stderr.includes('gate 1 of 9: 0.0 % slower, '), 'a first gate', deadlineMs);
      run.child.kill('SIGINT');
      const first = await run.ended();
      expect(first.stderr).toMatch(/gate 1 of 9: 0\.0 % slower, inconclusive; about \d+ (s|min) left/);
      expect(first.stdout).toMatch(/^NOT REFUTED [\s\S]*0\.0 % +\d+ +0 +0\.0 % … \d+\.\d % +0 +\d+ +0 +not refuted$/m);
      expect(first.stdout).toContain(`left, to go on: --self-test --resume ${directory()}`);
      expect(first.code).toBe(130);

      const played = (): number => recordsIn(directory()).split('"type":"gate"').length - 1;
      const before = played();
      // As a crash leaves it behind.
      appendFileSync(join(directory(), 'samples.ndjson'), '{"type":"gate","slowdown":0,"num');
      const more = ['--gates', String(before + 1), '--slower', '0'];
      const second = await selfTest('--resume', directory(), ...more).ended();
      expect(second.stdout).toMatch(new RegExp(`0\\.0 % +${before + 1} +0 `));
      expect(second.stdout).not.toContain('to go on');
      expect(second.code).toBe(0);
      expect(played()).toBe(before + 2); // and the one that was cut off
      expect(recordsIn(directory()).split('"type":"yardstick"')).toHaveLength(2);
    },
    2 * deadlineMs,
  );
});

describe('wrong use of the self-test', () => {
  it.each([
    [['--gates', '0', '--slower', '0'], 'both 0'],
    [['--slower', 'x'], '--slower takes a whole number from 0 up'],
    [['--quick', '--slower', '2'], '--quick says how many gates of what'],
    [['--resume', 'nowhere'], 'nowhere holds no self-test: ENOENT'],
    [['--resume', 'nowhere', '--seed', '1'], 'no --seed'],
    [['--self-test=offline', '--slower', '3'], 'go with --self-test on real servers'],
  ])('%j is one clear line, exit 2', async (args, message) => {
    const { code, stdout, stderr } = await selfTest(...args).ended();
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(message);
  });

  it('what is no self-test is not gone on with', async () => {
    const directory = join(out, 'other');
    mkdirSync(directory);
    writeFileSync(join(directory, 'samples.ndjson'), '{"type":"session","session":1,"cap":8,"gated":[]}\n');
    const { code, stderr } = await selfTest('--resume', directory).ended();
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not begin as a self-test does')]);
  });
});

it.each([
  [0.2, '1 s'],
  [89, '89 s'],
  [600, '10 min'],
  [7800, '2 h 10 min'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));
