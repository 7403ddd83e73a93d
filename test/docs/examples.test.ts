import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';

const root = resolve(import.meta.dirname, '../..');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The first block of a document that is marked as that language. */
function block(document: string, language: string): string {
  const text = readFileSync(join(root, 'docs', document), 'utf8');
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)![1]!;
}

function halfopen(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const command = [join(root, 'dist/cli/main.js'), ...args, '--quick', '--out', directory];
    execFile(process.execPath, command, { cwd: directory, timeout: 30_000 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

// Whether a bar holds on a busy machine is not the question here: that it is judged at all is.
describe.runIf(loadAddon().addon !== null)('the examples in the documents', () => {
  it('a server that tells: the testbed sees when its application learned', async () => {
    const file = join(directory, 'server.mjs');
    writeFileSync(file, block('probe.md', 'js'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/events`;
    const { code, stdout } = await halfopen('run', 'fin-idle', '--exec', `exec node ${file} ${port}`, '--url', url);
    expect(stdout).toMatch(/cuts never noticed \(fin\) +0 of \d+/);
    expect(stdout).toMatch(/notice at the application \(fin\), p50 \/ p99, ms +[\d.]+ \/ [\d.?]+/);
    expect([0, 11, 20]).toContain(code);
  });

  it('a scenario: it is found, run and judged', async () => {
    const file = join(directory, 'leaves-early.mjs');
    const testbed = JSON.stringify(join(root, 'dist/testbed.js'));
    writeFileSync(file, block('adding.md', 'js').replace("'halfopen/testbed'", testbed));
    const { code, stdout } = await halfopen('run', file, '--target', 'node');
    expect(stdout).toMatch(/cuts never noticed +0 of \d+/);
    expect([0, 20]).toContain(code);
  });
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
