import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';

const script = fileURLToPath(new URL('fixtures/serving.mjs', import.meta.url));

/** A process whose standard output is lines of JSON. */
class Serving {
  readonly child: ChildProcess;
  readonly said: Record<string, unknown>[] = [];
  readonly #exit: Promise<{ code: number | null; signal: string | null }>;
  stderr = '';
  #wake: () => void = () => {};

  constructor(mode: string) {
    this.child = spawn(process.execPath, [script, mode], { stdio: ['pipe', 'pipe', 'pipe'] });
    let rest = '';
    this.child.stdout!.on('data', (bytes) => {
      const lines = (rest + bytes).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.said.push(JSON.parse(line));
      this.#wake();
    });
    this.child.stderr!.on('data', (bytes) => {
      this.stderr += bytes;
    });
    this.#exit = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })));
  }

  async until(what: string, met: () => boolean): Promise<void> {
    while (!met())
      await within(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        `${what}; standard error: ${this.stderr}`,
      );
  }

  async port(): Promise<number> {
    await this.until('the port', () => this.said.some((line) => 'port' in line));
    return this.said.find((line) => 'port' in line)!.port as number;
  }

  exit() {
    return within(this.#exit, 'the process to exit');
  }
}

let running: Serving[] = [];
const start = (mode: string) => {
  const serving = new Serving(mode);
  running.push(serving);
  return serving;
};
afterEach(() => {
  for (const each of running) each.child.kill('SIGKILL');
  running = [];
});

async function streamFrom(port: number, path = '/stream'): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.request(path);
  await client.until('tick', 'the stream to begin');
  return client;
}

async function expectTruncated(client: RawClient): Promise<void> {
  await client.untilEnd('the connection to end');
  expect(client.received).not.toContain('\r\n0\r\n\r\n');
}

async function expectAnswer(port: number): Promise<void> {
  const client = await RawClient.connect(port);
  client.request('/');
  await client.until('hello', 'an answer');
  client.socket.destroy();
}

describe.skipIf(!nativeEngine())('native engine, lives and deaths', () => {
  it('several engines serve from several threads; one is terminated with live streams, the others go on', async () => {
    const serving = start('workers');
    await serving.until('three ports', () => serving.said.length === 3);
    const portOf = (worker: number) => serving.said.find((line) => line.worker === worker)!.port as number;
    for (const worker of [0, 1, 2]) await expectAnswer(portOf(worker));
    const streams = await Promise.all([0, 0, 0, 1, 2].map((worker) => streamFrom(portOf(worker))));
    serving.child.stdin!.write('0\n');
    await serving.until('the termination', () => serving.said.some((line) => line.terminated === 0));
    for (const stream of streams.slice(0, 3)) await expectTruncated(stream);
    await expectAnswer(portOf(1));
    serving.child.stdin!.write('1\n2\n');
    await serving.until('all to be terminated', () => serving.said.some((line) => line.terminated === 2));
    for (const stream of streams.slice(3)) await expectTruncated(stream);
    serving.child.stdin!.write('quit\n');
    expect(await serving.exit()).toEqual({ code: 0, signal: null });
  });

  it('process.exit() with live streams: exit code 0, and every client sees a truncation', async () => {
    const serving = start('serve');
    const port = await serving.port();
    const streams = await Promise.all([streamFrom(port), streamFrom(port), streamFrom(port, '/exit')]);
    expect(await serving.exit()).toEqual({ code: 0, signal: null });
    for (const stream of streams) await expectTruncated(stream);
  });

  for (const path of ['/throw-later', '/throw-in-microtask']) {
    it(`an uncaught error (${path}) with live streams ends the process with code 1 and the error, not by a crash`, async () => {
      const serving = start('serve');
      const port = await serving.port();
      const stream = await streamFrom(port);
      (await RawClient.connect(port)).request(path);
      expect(await serving.exit()).toEqual({ code: 1, signal: null });
      expect(serving.stderr).toContain('thrown');
      await expectTruncated(stream);
    });

    it(`an uncaught error (${path}) that the process catches takes nothing from the neighbours`, async () => {
      const serving = start('catching');
      const port = await serving.port();
      const stream = await streamFrom(port);
      (await RawClient.connect(port)).request(path);
      await serving.until('the error', () => serving.said.some((line) => 'caught' in line));
      const before = stream.total;
      await eventually(() => stream.total > before + 20, 'the stream to go on');
      await expectAnswer(port);
    });
  }
});
