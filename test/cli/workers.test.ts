import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const APP = `
export default (environ, start) => {
  start('200 OK', [['content-type', 'text/plain']]);
  if (environ.path === '/die') process.exit(3);
  if (environ.path === '/stream') return (async function* () {
    yield 'begun\\n';
    await new Promise((resolve) => setTimeout(resolve, 400));
    yield 'ended\\n';
  })();
  return [process.pid + ' ' + environ.multiprocess];
};`;

let running: { child: ChildProcess; folder: string }[] = [];
afterEach(() => {
  for (const { child, folder } of running) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
  running = [];
});

class Serving {
  output = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(app: string, engine: string, workers: string) {
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-workers-'));
    writeFileSync(join(folder, 'app.mjs'), app);
    const args = [main, 'serve', join(folder, 'app.mjs'), '--port', '0', '--engine', engine, '--workers', workers];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.push({ child: this.child, folder });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (bytes) => {
        this.output += bytes;
      });
    this.exit = new Promise((resolve) => this.child.on('exit', resolve));
  }

  async port(): Promise<number> {
    await eventually(() => /listening on/.test(this.output), 'the server to listen');
    return Number(/:(\d+) \(/.exec(this.output)![1]);
  }
}

/** A new connection each time. @returns the answer's body */
async function ask(port: number): Promise<string> {
  const client = await RawClient.connect(port);
  const { body } = await client.request('/', { fields: 'Connection: close\r\n' }).response('an answer');
  client.socket.destroy();
  return body;
}

/** The processes that answered, of many questions. */
async function pids(port: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < 24; i++) seen.add((await ask(port)).split(' ')[0]!);
  return seen;
}

describe.each(['native', 'node'])('serve --workers, %s engine', (engine) => {
  const test = it.skipIf(engine === 'native' && !nativeEngine());

  test('several processes answer on one port, and multiprocess tells the truth (rule 31)', async () => {
    const serving = new Serving(APP, engine, '2');
    const port = await serving.port();
    expect(serving.output).toContain(`(${engine} engine, 2 workers)`);
    expect(await ask(port)).toMatch(/ true$/);
    expect((await pids(port)).size).toBe(2);
  });

  test('a worker that dies is replaced', async () => {
    const serving = new Serving(APP, engine, '2');
    const port = await serving.port();
    const before = await pids(port);
    (await RawClient.connect(port)).request('/die');
    await eventually(() => /ended \(exit code 3\)/.test(serving.output), 'the death to be told');
    let fresh = false;
    for (let i = 0; i < 200 && !fresh; i++) fresh = [...(await pids(port))].some((pid) => !before.has(pid));
    expect(fresh).toBe(true);
  });

  test('SIGHUP replaces all workers, and a stream that is under way is completed', async () => {
    const serving = new Serving(APP, engine, '2');
    const port = await serving.port();
    const before = await pids(port);
    const stream = (await RawClient.connect(port)).request('/stream');
    await stream.until('begun', 'the stream to begin');
    serving.child.kill('SIGHUP');
    expect((await stream.response('the whole stream')).body).toBe('begun\nended\n');
    await eventually(() => serving.output.includes('reloaded'), 'the reload');
    for (const pid of await pids(port)) expect(before).not.toContain(pid);
  });

  test('SIGTERM drains: a stream under way is completed, exit code 0', async () => {
    const serving = new Serving(APP, engine, '2');
    const stream = (await RawClient.connect(await serving.port())).request('/stream');
    await stream.until('begun', 'the stream to begin');
    serving.child.kill('SIGTERM');
    expect((await stream.response('the whole stream')).body).toBe('begun\nended\n');
    expect(await within(serving.exit, 'the supervisor to exit')).toBe(0);
  });

  test('an application that cannot be loaded ends the command with code 2, at once', async () => {
    const serving = new Serving('export default 5;', engine, '2');
    expect(await within(serving.exit, 'the supervisor to exit')).toBe(2);
    expect(serving.output).not.toContain('the next one starts');
  });
});
