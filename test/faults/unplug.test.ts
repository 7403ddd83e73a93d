import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { afterBody, onConnected, unplug } from '../../src/faults/index.js';
import { type Cohort, runCohorts } from '../../src/traffic/client.js';
import { ClientNetwork } from '../../src/traffic/network.js';
import { needsAddon } from '../support/addon.js';
import { get, runOne, tcpServer, within } from '../traffic/servers.js';

needsAddon();

const probe = ClientNetwork.create();
const missing = typeof probe === 'string' ? probe : null;
if (typeof probe !== 'string') probe.remove();

describe('unplug', () => {
  it('cuts off everyone in the network, and nobody else', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    const network = ClientNetwork.create() as ClientNetwork;
    onTestFinished(() => network.remove());
    let closed = 0;
    const server = createServer((_, response) => {
      const timer = setInterval(() => response.write('word'), 10);
      response.on('close', () => {
        clearInterval(timer);
        closed++;
      });
    });
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise<void>((listening) => void server.listen(0, '0.0.0.0', () => listening()));
    const { port } = server.address() as AddressInfo;
    const cohort = (host: string, given: Partial<Cohort> = {}): Cohort => ({
      id: host,
      host,
      port,
      request: get(),
      connections: 4,
      pacing: { mode: 'closed', thinkMs: 0 },
      ...given,
    });
    const inside = runCohorts([cohort(network.serverAddress, { fault: unplug(onConnected({ delayMs: 1000 }), 300) })], {
      seed: 1,
      deadlineMs: 5000,
      network: network.file,
    });
    const outside = runCohorts([cohort('127.0.0.1', { durationMs: 1400, timeoutMs: 5000 })], {
      seed: 1,
      deadlineMs: 5000,
    });
    const [cut, there] = await within('both', 8000, Promise.all([inside, outside]));
    expect(cut.cohorts[0]!.receipts).toEqual({ ok: 4, failed: {} });
    for (const { bodyBytes, outcome, receipt } of cut.cohorts[0]!.samples) {
      expect(bodyBytes).toBeGreaterThan(0);
      expect(outcome).toBe('held');
      // What it is sent from then on does not reach it.
      expect(receipt).toMatchObject({ segmentsAfter: 0, bytesAfter: 0 });
    }
    expect(there.cohorts[0]).toMatchObject({ unfinished: 4, errors: { reset: 0, truncated: 0 } });
    // The server has not learned of it: only those who stayed outside have left.
    expect(closed).toBeLessThanOrEqual(4);
  });

  it('does not count what had come before and was not read yet', async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    const network = ClientNetwork.create() as ClientNetwork;
    onTestFinished(() => network.remove());
    const server = createServer((_, response) => {
      const write = () => {
        response.write('word');
        if (!response.destroyed) setImmediate(write);
      };
      write();
    });
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise<void>((listening) => void server.listen(0, '0.0.0.0', () => listening()));
    const cohort: Cohort = {
      id: 'c',
      host: network.serverAddress,
      port: (server.address() as AddressInfo).port,
      request: get(),
      connections: 100,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: unplug(onConnected({ delayMs: 600 }), 100),
    };
    const running = runCohorts([cohort], { seed: 1, deadlineMs: 5000, network: network.file });
    const report = (await within('the run', 8000, running)).cohorts[0]!;
    expect(report.receipts).toEqual({ ok: 100, failed: {} });
    expect(report.samples.filter(({ receipt }) => receipt!.bytesAfter > 0)).toHaveLength(0);
  });

  it('is not permitted in the network of the machine', async () => {
    const port = await tcpServer((socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nword')));
    const report = await runOne({ port, fault: unplug(afterBody(4), 50) });
    expect(report.receipts).toEqual({ ok: 0, failed: { 'not-permitted': 1 } });
  });

  it.each(['/run/netns/there-is-none', '/proc/self/ns/net'])(
    'does nothing at all when %s is no network of its own',
    async (network) => {
      let connections = 0;
      const port = await tcpServer(() => connections++);
      const cohort = { id: 'c', host: '127.0.0.1', port, request: get(), connections: 2, rounds: 2 } as const;
      const report = await within(
        'the run',
        8000,
        runCohorts([{ ...cohort, pacing: { mode: 'closed', thinkMs: 0 } }], { seed: 1, deadlineMs: 2000, network }),
      );
      expect(report.ended).toBe('no-network');
      expect(connections).toBe(0);
    },
  );
});
