import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool, tools, unsupported } from '../../src/profile/clinic.js';
import { node24 } from '../../src/targets/node-release.js';
import { within } from '../support/waiting.js';
import { deadlineMs, Running } from './running.js';

/** Where this machine's programs are, also those for comparison. */
const XDG_CACHE_HOME = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const env = { XDG_CACHE_HOME };

const doctor = tools.find(({ name }) => name === 'doctor')!;
const lack = unsupported(doctor, process.version) ?? (findTool(doctor) === null ? 'clinic is not installed' : null);

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'halfopen-profile-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const profile = (...args: string[]) => new Running(out, ['profile', ...args, '--out', out], { env });

describe('halfopen profile', () => {
  it.each([
    [[], 'which scenario?'],
    [['no-such'], 'no-such'],
    [['fin-idle', 'flames'], 'flames'],
    [['fin-idle', 'flame', 'doctor'], 'got doctor too'],
    [['fin-idle', '--target', 'gunicorn-gthread'], 'not a Node.js script'],
    [['self-check'], 'servers of its own'],
  ])('%j exits 2 with a clear line', async (args, message) => {
    const { code, stderr } = await profile(...args).ended();
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(message);
  });

  it('says what to type where clinic is not installed, and starts nothing', async ({ skip }) => {
    skip(findTool(doctor)?.startsWith(process.cwd()) === true, 'clinic is beside this package');
    skip(unsupported(doctor, process.version) !== null, 'not on this Node.js');
    const { code, stdout, stderr } = await new Running(out, ['profile', 'fin-idle', '--out', out]).ended();
    expect([code, stdout]).toEqual([21, '']);
    expect(stderr).toContain('npm install --no-save --ignore-scripts clinic@13');
  });

  it(
    'looks into a server and makes a page; verdict and figures are labelled',
    async ({ skip }) => {
      skip(lack !== null, lack ?? '');
      const { code, stdout, stderr } = await profile('fin-idle', 'heapprofiler').ended();
      expect(stderr).not.toContain('no page');
      expect(code).toBe(0);
      expect(stdout).toContain('are not measurements');
      const page = /^page: (.*)$/m.exec(stdout)?.[1];
      expect(readFileSync(page!, 'utf8')).toContain('Clinic Heap Profiler');
    },
    deadlineMs,
  );

  it(
    'ends cleanly when interrupted: no server stays',
    async ({ skip }) => {
      skip(lack !== null, lack ?? '');
      const place = mkdtempSync(join(out, 'interrupted-'));
      const running = new Running(place, ['profile', 'fin-idle', 'doctor', '--out', place], { env });
      await within(started(place), 'the server to be under clinic', 20_000);
      running.child.kill('SIGINT');
      const { code, stderr } = await running.ended();
      expect(code).toBe(130);
      expect(stderr).toContain('stopping');
      expect(processesWith(place)).toEqual([]);
    },
    deadlineMs,
  );
});

describe('which Node.js', () => {
  it.each([
    ['doctor', 'v20.20.2', null],
    ['flame', 'v24.9.0', null],
    ['heapprofiler', 'v22.0.0', null],
    ['doctor', 'v18.20.0', 'works on Node.js 20, 22, 24; the server would run on v18.20.0'],
    ['flame', 'v99.0.0', 'works on Node.js 20, 22, 24; the server would run on v99.0.0'],
    ['doctor', 'an unknown version', 'the server would run on an unknown version'],
  ])('%s on %s', (name, version, message) => {
    const said = unsupported(tools.find((each) => each.name === name)!, version);
    if (message === null) expect(said).toBeNull();
    else expect(said).toContain(message);
  });

  it('is the Node.js of the server', async ({ skip }) => {
    skip(node24.unavailable() !== null, node24.unavailable() ?? '');
    expect(node24.nodeVersion!()).toMatch(/^v24\./);
  });
});

/** Resolves when clinic has made its folder of data. */
async function started(place: string): Promise<void> {
  const begun = () =>
    readdirSync(place)
      .filter((name) => name.endsWith('-clinic-doctor'))
      .some((name) => existsSync(join(place, name, '1.clinic-doctor')));
  for (let tries = 0; !begun() && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Command lines that name this place. */
function processesWith(place: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(place));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
