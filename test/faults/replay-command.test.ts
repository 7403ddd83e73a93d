import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needsAddon } from '../support/addon.js';
import { within } from '../support/waiting.js';

needsAddon();

const dist = resolve(import.meta.dirname, '../../dist');
let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  writeFileSync(join(out, 'strikes.mjs'), strikes);
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** A stall is exact to the byte: what was read until then is what was drawn, whatever the machine does meanwhile. */
const strikes = `
import { afterBody, count, defineScenario, parkedThenGone, stall } from ${JSON.stringify(join(dist, 'testbed.js'))};
const struck = { name: 'struck', title: 'faults', unit: '', better: 'higher', what: 'faults with a receipt' };
export default defineScenario({
  name: 'strikes',
  group: 'test',
  question: 'Where do the faults strike?',
  needs: ['application'],
  measures: [struck],
  bars: [],
  rounds: { quick: 2, default: 2, full: 2 },
  seconds: { quick: 1, default: 1, full: 1 },
  run: async (context) => {
    const anywhere = { at: afterBody(1, { spread: 20_000 }) };
    const faults = { stalls: stall({ ...anywhere, holdMs: 5 }), leaves: parkedThenGone('rst', 5, anywhere) };
    const report = await context.run(
      Object.entries(faults).map(([id, fault]) => ({
        id,
        ...context.address,
        request: context.get('/endless'),
        connections: 4,
        rounds: 16,
        pacing: { mode: 'closed', thinkMs: 0 },
        fault,
      })),
    );
    const receipts = report.cohorts.flatMap(({ samples }) => samples.map(({ receipt }) => receipt));
    context.measure(struck, count(receipts.filter(({ ok }) => ok).length, receipts.length));
  },
});
`;

interface Cut {
  readonly type: string;
  readonly target: string;
  readonly cohort: string;
  readonly fault: string;
  readonly step: number;
  readonly action: string;
  readonly bodyBytes: number;
  readonly receipt: { readonly ok: boolean };
}

/** What each fault did and where, by target and cohort; the order in which connections come to their turn is the machine's. */
async function faultsOf(seed: number, run: string): Promise<string[]> {
  const results = join(out, run);
  const line = ['run', join(out, 'strikes.mjs'), '--target', 'native,node', '--seed', String(seed), '--out', results];
  const child = spawn(process.execPath, [join(dist, 'cli/main.js'), ...line], { stdio: 'ignore' });
  const code = await within(new Promise((done) => child.on('close', done)), 'the run to end', 60_000);
  expect(code).toBe(0);
  const text = readFileSync(join(results, readdirSync(results)[0]!, 'samples.ndjson'), 'utf8').trimEnd();
  const cuts = text
    .split('\n')
    .map((each) => JSON.parse(each) as Cut)
    .filter(({ type }) => type === 'cut');
  expect(cuts.every(({ receipt }) => receipt.ok)).toBe(true);
  return cuts
    .map(({ target, cohort, fault, step, action, bodyBytes }) =>
      [target, cohort, fault, step, action, bodyBytes].join(' '),
    )
    .sort();
}

it('two runs of a command with one seed strike at the same points, another seed elsewhere', {
  timeout: 120_000,
}, async () => {
  const first = await faultsOf(5, 'first');
  // Two rounds on two targets, sixteen stalls and sixteen stalls that leave.
  expect(first).toHaveLength(2 * 2 * (16 + 2 * 16));
  expect(new Set(first).size).toBeGreaterThan(100);
  expect(await faultsOf(5, 'again')).toEqual(first);
  expect(await faultsOf(6, 'other')).not.toEqual(first);
});
