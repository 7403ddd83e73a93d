import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import type { RunReport } from '../../src/reports/model.js';
import { eventually, within } from '../support/waiting.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
const few = ['--idle', '20', '--streams', '10', '--faults', '1', '--seed', '1'];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** `halfopen soak`, as a user runs it. */
function soak(...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-soak-test-'));
  folders.push(folder);
  const child = spawn(process.execPath, [main, 'soak', ...args, '--out', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      run.output += text;
    });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const report = () => {
    const [id] = readdirSync(folder);
    return JSON.parse(readFileSync(join(folder, id!, 'run.json'), 'utf8')) as RunReport;
  };
  return Object.assign(run, { exit, report });
}

const missing = loadAddon().reason;

describe.skipIf(missing !== null)(`halfopen soak${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('a short one: the books balance, the dropped chunk is noticed, nothing stays open', {
    timeout: 120_000,
  }, async () => {
    const run = soak('--seconds', '12', ...few);
    const exit = await within(run.exit, 'the end of the soak', 100_000);
    const result = run.report().results[0]!;
    const verdicts = Object.fromEntries(result.bars.map(({ text, verdict }) => [text, verdict]));
    expect(verdicts, run.output).toMatchObject({
      'unaccounted count == 0': 'pass',
      'control_unnoticed count == 0': 'pass',
      'descriptors_left value <= 0': 'pass',
      'bad_input_wrong count == 0': 'pass',
      // Twelve seconds say nothing about memory.
      'memory_growth_mib{bound:low} value < 1': 'inconclusive',
    });
    expect([20, 11], run.output).toContain(exit); // 11: a healthy client was late on a busy machine
    expect(run.output).toMatch(/^ +\d+ s {2}server \d+ MiB, CPU \d+ %, \d+ descriptors · \d+ chunks/m);
    const books =
      /^books: (\d+) started = (\d+) complete \+ (\d+) aborted by clients \+ 0 unaccounted, and the control/;
    const [, started, complete, left] = result.notes.map((note) => books.exec(note)).find(Boolean) ?? [];
    expect(Number(started), result.notes.join('\n')).toBe(Number(complete) + Number(left) + 1);
  });

  it('Ctrl-C ends it and saves what was measured', { timeout: 60_000 }, async () => {
    const run = soak('--seconds', '600', ...few);
    await eventually(() => /descriptors ·/.test(run.output), 'the first line of figures', 30_000);
    run.child.kill('SIGINT');
    expect(await within(run.exit, 'the end after Ctrl-C', 40_000), run.output).toBe(130);
    const report = run.report();
    expect(report.interrupted).toBe(true);
    expect(report.results[0]?.measures.map(({ name }) => name)).toContain('unaccounted');
  });

  it.each([
    [['--seconds', '1'], '--seconds takes a whole number from 10 up, got 1'],
    [['--engine', 'x'], '--engine takes native or node, got x'],
  ])('%j is wrong use', async (args, line) => {
    const run = soak(...args);
    expect(await within(run.exit, 'the exit')).toBe(2);
    expect(run.output).toContain(`halfopen: ${line}`);
  });
});
