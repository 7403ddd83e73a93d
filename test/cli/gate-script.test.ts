import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import { freePort } from './free-port.js';

const root = resolve(import.meta.dirname, '../..');
const action = join(root, '.github/actions/halfopen');
const script = join(action, 'gate.sh');
const server = join(import.meta.dirname, 'fixtures/page-server.mjs');
const DEADLINE_MS = 90_000;

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-script-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

function gate(env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr, error } = spawnSync('bash', [script], {
    ...{ cwd: out, encoding: 'utf8', timeout: DEADLINE_MS },
    env: {
      ...process.env,
      HALFOPEN: `node ${join(root, 'dist/cli/main.js')}`,
      XDG_CACHE_HOME: join(out, 'cache'),
      ...env,
    },
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

describe('the action', () => {
  const yaml = readFileSync(join(action, 'action.yml'), 'utf8');
  const text = readFileSync(script, 'utf8');

  it('hands every input to the script, and the script takes all of them', () => {
    const inputs = [...yaml.split('outputs:')[0]!.matchAll(/^ {2}([a-z]+):$/gm)].map((match) => match[1]!);
    const handed = [...yaml.matchAll(/^ {8}([A-Z_]+): \$\{\{ inputs\.([a-z]+) \}\}$/gm)];
    expect(handed.map(([, , input]) => input).sort()).toEqual(inputs.toSorted());
    expect(inputs.length).toBeGreaterThan(8);
    for (const [, variable] of handed) expect(text).toMatch(new RegExp(`\\$\\{?${variable}\\b|${variable}:`));
  });
});

describe('gate.sh', () => {
  it('says what it needs', () => {
    const { status, stderr } = gate({ GATE_BASE: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('GATE_BASE');
  });

  it('ends as the gate does where there is no baseline', () => {
    const { status, stderr } = gate({ GATE_BASE: 'no-such-revision', GATE_FAULT: 'none' });
    // Without the addon it does not come as far as that.
    const built = loadAddon().addon !== null;
    expect(stderr).toContain(built ? 'the baseline is not available' : 'the fault client is not built');
    expect(status).toBe(built ? 30 : 21);
  });

  it.runIf(loadAddon().addon !== null)(
    'leaves reports beside the results, a summary, annotations and the exit code',
    async () => {
      const port = await freePort();
      const [summary, output] = [join(out, 'summary.md'), join(out, 'output')];
      const { status, stdout } = gate({
        ...{ GATE_BASE: out, GATE_CAND: out, GATE_FAULT: 'none', GATE_BUDGET: '3s', GATE_INCONCLUSIVE: 'exit' },
        ...{ GATE_EXEC: `node ${server} ${port}`, GATE_URL: `http://127.0.0.1:${port}/page`, GATE_RESULTS: 'kept' },
        ...{ GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output, GITHUB_ACTIONS: 'true' },
      });
      expect(status).toBe(20);
      expect(stdout).toMatch(/^INCONCLUSIVE /);
      expect(stdout).toMatch(/^::warning title=gate on candidate::/m);
      const [run] = readdirSync(join(out, 'kept'));
      expect(existsSync(join(out, 'kept', run!, 'gate.html'))).toBe(true);
      expect(readFileSync(join(out, 'kept', run!, 'gate.xml'), 'utf8')).toContain('</testsuites>');
      expect(readFileSync(summary, 'utf8')).toContain('## halfopen');
      expect(readFileSync(output, 'utf8')).toBe('exit-code=20\n');
    },
    DEADLINE_MS,
  );
});
