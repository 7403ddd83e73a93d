/**
 * When a process may open no more files: does the server spin, does it say so, and does it go on as soon as it can? A
 * server that may open 64, and 200 clients that stay.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { RawClient } from '../support/raw-client.js';
import { eventually } from '../support/waiting.js';
import { Limited } from './limited.js';

const FILES = 64;
const CLIENTS = 200;
const HELD_MS = 2500;

const able = nativeEngine() !== null && spawnSync('prlimit', ['--version']).status === 0;

const running: Limited[] = [];
const clients: RawClient[] = [];
afterEach(() => {
  for (const each of running.splice(0)) each.stop();
  for (const each of clients.splice(0)) each.close();
});

async function crowd(port: number, path: string): Promise<void> {
  const all = await Promise.all(Array.from({ length: CLIENTS }, () => RawClient.connect(port)));
  for (const client of all) client.request(path);
  clients.push(...all);
}

describe.skipIf(!able)(`no descriptor left, native engine${able ? '' : ' (skipped: no addon, or no prlimit)'}`, () => {
  it('the server pauses instead of spinning, says so once, and serves again when clients go', {
    timeout: 40_000,
  }, async () => {
    const server = new Limited({ maxConnections: 1000 }, FILES);
    running.push(server);
    const port = await server.port();
    await crowd(port, '/hold');
    const full = await server.until('descriptors to run out', (stats) => (stats.acceptPauses.exhausted ?? 0) > 0);
    expect(full.connections).toBeGreaterThan(10);

    await sleep(500); // the pauses have grown
    const before = { cpuNs: server.sampler.cpuNs(), stats: await server.stats(), at: performance.now() };
    await sleep(HELD_MS);
    const cpuNs = server.sampler.cpuNs() - before.cpuNs;
    const after = await server.stats();
    const seconds = (performance.now() - before.at) / 1000;
    const pauses = after.acceptPauses.exhausted! - before.stats.acceptPauses.exhausted!;
    console.log(
      `exhausted: ${((cpuNs / 1e9 / seconds) * 100).toFixed(2)} % of a core, ${pauses} pauses in ${seconds.toFixed(1)} s`,
    );
    expect(cpuNs / 1e9 / seconds).toBeLessThan(0.05);
    expect(pauses).toBeGreaterThan(0);
    expect(pauses).toBeLessThanOrEqual(Math.ceil(seconds) + 1); // by now each lasts a second
    expect(server.stderr.match(/accepting pauses, EMFILE/g)).toHaveLength(1);
    // With each pause one of those that wait was told to try again later.
    expect(after.refused['503']).toBeGreaterThan(0);
    expect(clients.filter((each) => each.received.startsWith('HTTP/1.1 503')).length).toBe(after.refused['503']);

    const left = performance.now();
    for (const client of clients.splice(0)) client.reset();
    const next = await RawClient.connect(port);
    clients.push(next);
    expect((await next.request('/').response('an answer')).status).toBe(200);
    console.log(`served again ${(performance.now() - left).toFixed(0)} ms after the clients left`);
    expect(performance.now() - left).toBeLessThan(5000);
    await server.until('only one to be left', (stats) => stats.connections === 1);
  });

  it('idle connections make room: in the end all clients are served', { timeout: 40_000 }, async () => {
    const server = new Limited({ maxConnections: 1000, keepAlivePressureMs: 100 }, FILES);
    running.push(server);
    await crowd(await server.port(), '/');
    await eventually(() => clients.every((each) => each.total > 0), 'all clients to have an answer', 30_000);
    const { closed, acceptPauses } = await server.stats();
    expect(closed.pressure! + closed.idle!).toBeGreaterThan(0);
    expect(acceptPauses.exhausted).toBeGreaterThan(0);
  });

  it('a storm: every client beyond maxConnections is served in its turn', { timeout: 40_000 }, async () => {
    const server = new Limited({ maxConnections: 20, keepAlivePressureMs: 50 });
    running.push(server);
    await crowd(await server.port(), '/');
    await eventually(
      () => clients.every((each) => each.received.includes('hello')),
      'all clients to be served',
      30_000,
    );
    const { acceptPauses, accepted } = await server.stats();
    expect(acceptPauses.full).toBeGreaterThan(0);
    expect(accepted).toBe(CLIENTS);
  });
});
