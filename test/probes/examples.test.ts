/** The examples of a probe, as their readers run them, held to what their clients know. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/reports/model.js';
import { needsAddon } from '../support/addon.js';

needsAddon();

const root = resolve(import.meta.dirname, '../..');
const examples = join(root, 'docs/examples');
const deadlineMs = 60_000;
const has = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function check(command: string, name: string): Promise<RunReport['results'][number]> {
  const port = await freePort();
  const out = join(directory, name);
  const url = `http://127.0.0.1:${port}/`;
  const args = ['run', 'probe-check', '--quick', '--exec', `${command} ${port}`, '--url', url, '--out', out];
  await promisify(execFile)(process.execPath, [join(root, 'dist/cli/main.js'), ...args], { timeout: deadlineMs }).catch(
    ({ code, stderr }) => {
      if (![11, 20].includes(code as number)) throw new Error(`exit code ${code}: ${stderr}`);
    },
  );
  const report = JSON.parse(readFileSync(join(out, readdirSync(out)[0]!, 'run.json'), 'utf8')) as RunReport;
  return report.results[0]!;
}

const broken = ({ bars }: RunReport['results'][number]) =>
  bars.filter(({ verdict }) => verdict !== 'pass').map(({ text }) => /rule:(\w+)/.exec(text)?.[1]);

const compiler = ['cc', 'gcc', 'clang'].find(has);
const python = ['python3', 'python'].find(has);

describe('an example passes the check', () => {
  it('in JavaScript', { timeout: deadlineMs }, async () => {
    const result = await check(`"${process.execPath}" ${join(examples, 'probe-node.mjs')}`, 'node');
    expect({ broken: broken(result), notes: result.notes, problem: result.problem }).toEqual({
      broken: [],
      notes: ['not seen: pulls of one body count up from 1'],
    });
  });

  it('in Python', { timeout: deadlineMs }, async ({ skip }) => {
    skip(python === undefined, 'there is no python3');
    const result = await check(`${python} ${join(examples, 'probe-python.py')}`, 'python');
    expect({ broken: broken(result), notes: result.notes, problem: result.problem }).toEqual({
      broken: [],
      notes: ['not seen: pulls of one body count up from 1'],
    });
  });

  it('in C', { timeout: deadlineMs }, async ({ skip }) => {
    skip(compiler === undefined, 'there is no C compiler');
    const program = join(directory, 'probe-c');
    execFileSync(compiler!, ['-O1', '-o', program, join(examples, 'probe-c.c')]);
    const result = await check(program, 'c');
    expect({ broken: broken(result), notes: result.notes, problem: result.problem }).toEqual({
      broken: [],
      notes: ['not seen: pulls of one body count up from 1'],
    });
  });
});

describe('a server that tells something else', () => {
  /** The example, with one thing changed. */
  const changed = (from: string, to: string) => {
    const text = readFileSync(join(examples, 'probe-node.mjs'), 'utf8');
    expect(text).toContain(from);
    return `"${process.execPath}" --input-type=module -e '${text.replace(from, to).replaceAll("'", '"')}'`;
  };

  it.each([
    ['never of the departure', "else tell('gone', { tag, reason: 'close' });", '', ['gone']],
    ['of every request as gone', 'if (response.writableFinished)', 'if (false)', ['ends']],
    ['with another clock', 'Number(process.hrtime.bigint())', 'Date.now()', ['clock', 'gone']],
    ['lines that are no events', "tell('closed', { tag });", "tell('closing', { tag });", ['lines', 'ends', 'closed']],
  ])('%s', { timeout: deadlineMs }, async (name, from, to, rules) => {
    const result = await check(
      changed(from, to).replaceAll('process.argv[2]', 'process.argv.at(-1)'),
      name.replaceAll(' ', '-'),
    );
    expect(result.problem).toBeUndefined();
    expect(broken(result)).toEqual(rules);
  });

  it('with a clock of its own origin, and says so', { timeout: deadlineMs }, async () => {
    const command = changed('Number(process.hrtime.bigint())', 'Math.round(performance.now() * 1e6)')
      .replace('const server', 'tell("clock");\nconst server')
      .replaceAll('process.argv[2]', 'process.argv.at(-1)');
    expect(broken(await check(command, 'own-clock'))).toEqual([]);
  });
});
