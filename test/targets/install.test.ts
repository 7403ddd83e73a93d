import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { install } from '../../src/targets/install.js';

const main = resolve(import.meta.dirname, '../../dist/cli/main.js');

let home: string;
let tools: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  tools = join(home, 'tools');
  mkdirSync(tools);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With a cache of its own, and `tools` before everything else in PATH. */
function halfopen(...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, XDG_CACHE_HOME: home, PATH: `${tools}:${process.env.PATH}`, UWS: '' };
  return new Promise((resolved) => {
    execFile(process.execPath, [main, ...args], { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolved({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

function tool(name: string, script: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(tools, name), 0o755);
}

/** An npm that packs a package whose executable answers with a version: the registry is not asked by tests. */
function npmThatPacks(version: string): void {
  tool(
    'npm',
    [
      `echo "$@" >> '${home}/npm-calls'`,
      'mkdir -p package/bin',
      `echo '{"name":"x","version":"${version}"}' > package/package.json`,
      `printf '#!/bin/sh\\necho v${version}\\n' > package/bin/node`,
      'chmod +x package/bin/node',
      'tar -czf x.tgz package && rm -r package',
    ].join('\n'),
  );
}

describe('packages of the system', () => {
  const source = { kind: 'debian', packages: ['one', 'two'] } as const;
  const command = 'apt-get install --yes --no-install-recommends one two';
  const path = process.env.PATH;
  beforeEach(() => {
    process.env.PATH = `${tools}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  it('are not touched without leave, nor without the right to', async () => {
    tool('apt-get', `echo "$@" > '${home}/apt-calls'`);
    expect(await install(source, { system: false, root: true })).toEqual({
      done: false,
      advice: `as root: ${command} (or this command with --yes)`,
    });
    expect(await install(source, { system: true, root: false })).toEqual({
      done: false,
      advice: `only root can: ${command}`,
    });
    expect(existsSync(join(home, 'apt-calls'))).toBe(false);
  });

  it('are installed with both', async () => {
    tool('apt-get', `echo "apt-get $@" > '${home}/apt-calls'`);
    expect(await install(source, { system: true, root: true })).toEqual({ done: true });
    expect(readFileSync(join(home, 'apt-calls'), 'utf8')).toBe(`${command}\n`);
  });

  it('that cannot be had are an error with the command', async () => {
    tool('apt-get', 'exit 100');
    await expect(install(source, { system: true, root: true })).rejects.toThrow(`${command} failed`);
  });
});

describe('halfopen targets install', { timeout: 40_000 }, () => {
  it('unpacks a package of npm into the cache, once', async () => {
    npmThatPacks('22.1.2');
    const first = await halfopen('targets', 'install', 'node-http-22');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/node-http-22: is here now: Node v22.1.2/);
    expect(existsSync(join(home, 'halfopen/targets/node-22/bin/node'))).toBe(true);
    const second = await halfopen('targets', 'install', 'node-http-22');
    expect(second.stdout).toBe('node-http-22: is here: Node v22.1.2\n');
    expect(readFileSync(join(home, 'npm-calls'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect((await halfopen('list', 'targets')).stdout).toMatch(/here: Node v22.1.2/);
  });

  it('leaves nothing behind when the package cannot be had', async () => {
    tool('npm', 'echo "npm: no such package" >&2; exit 1');
    const { code, stdout, stderr } = await halfopen('targets', 'install', 'node-http-22');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'npm: no such package\n' });
    expect(stdout).toMatch(/npm pack --silent node-linux-\w+@22 failed/);
    expect(existsSync(join(home, 'halfopen/targets/node-22'))).toBe(false);
    const { stdout: listed } = await halfopen('list', 'targets');
    expect(listed).toMatch(/not here: Node.js 22 is not in the cache \(halfopen targets install node-http-22\)/);
  });

  it('says when what came does not run', async () => {
    npmThatPacks('22.1.2');
    await halfopen('targets', 'install', 'node-http-22');
    writeFileSync(join(home, 'halfopen/targets/node-22/bin/node'), '#!/bin/sh\nexit 1\n');
    const { stdout } = await halfopen('list', 'targets');
    expect(stdout).toMatch(/bin\/node does not run here/);
  });

  it('never installs packages of the system unasked, and says how to', async () => {
    tool('apt-get', `echo "$@" > '${home}/apt-calls'`);
    const python = 'exit 1'; // that has no such module
    tool('python3', python);
    const { code, stdout } = await halfopen('targets', 'install', 'twisted');
    expect(code).toBe(0);
    // Where the system has it, there is nothing to say.
    expect(stdout).toMatch(/as root: apt-get install --yes --no-install-recommends python3-twisted|is here: twisted/);
    expect(existsSync(join(home, 'apt-calls'))).toBe(false);
  });

  it('says whose package it is that repeats another project’s binaries', async () => {
    tool('npm', 'exit 1');
    const { stdout } = await halfopen('targets', 'install', 'uwebsockets');
    expect(stdout).toMatch(/is not by its authors/);
  });

  it('takes a verb and known names', async () => {
    expect(await halfopen('targets')).toMatchObject({ code: 2, stderr: expect.stringMatching(/takes a verb/) });
    const misspelt = await halfopen('targets', 'install', 'bum');
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringMatching(/bun/) });
  });
});
