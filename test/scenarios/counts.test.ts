/** Scenarios whose answers are counts, against both engines: they pass on any machine, however slow. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/reports/model.js';
import { needsAddon } from '../support/addon.js';

needsAddon();

const main = resolve(import.meta.dirname, '../../dist/cli/main.js');
const deadlineMs = 90_000;

async function reportOf(scenario: string, target: string): Promise<RunReport> {
  const out = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  try {
    const args = [main, 'run', scenario, '--quick', '--target', target, '--seed', '1', '--out', out];
    await promisify(execFile)(process.execPath, args, { timeout: deadlineMs }).catch(({ code, stderr }) => {
      if (![11, 20].includes(code as number)) throw new Error(`exit code ${code}: ${stderr}`);
    });
    return JSON.parse(readFileSync(join(out, readdirSync(out)[0]!, 'run.json'), 'utf8')) as RunReport;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

describe.each(['native', 'node'])('on the %s engine', (target) => {
  it.each([
    ['late-fin', 'false_aborts'],
    ['early-reply', 'wrong_answers'],
    ['broken-upload', 'truncated_as_eof'],
    ['pipelined-fin', 'queued_started'],
    ['dead-on-arrival', 'wrong_answers'],
    ['dead-on-arrival', 'releases_wrong'],
    ['empty-between-data', 'wrong_answers'],
    ['abandon-storm', 'releases_wrong'],
  ])('%s: no %s, of all that were there', { timeout: deadlineMs }, async (scenario, measure) => {
    const [result] = (await reportOf(scenario, target)).results;
    expect(result!.problem).toBeUndefined();
    const bars = result!.bars.filter(({ text }) => text.startsWith(measure));
    expect(bars.length).toBeGreaterThan(0);
    for (const { text, verdict, actual, samples } of bars)
      expect({ text, verdict, actual, some: samples > 10 }).toEqual({ text, verdict: 'pass', actual: 0, some: true });
  });
});
