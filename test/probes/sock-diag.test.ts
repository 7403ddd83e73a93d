/** A server that is lazy, seen from outside. */
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import { closeWaits } from '../../src/measures/outside.js';
import { SocketWatch, serverSockets } from '../../src/probes/sock-diag.js';
import { needsAddon } from '../support/addon.js';
import { eventually } from '../support/waiting.js';

needsAddon();

/** Looks at its clients' FINs only after a while, or never. */
async function lazyServer(handle: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const sockets: Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => {}));
    handle(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((listening) => void server.listen(0, host, () => listening()));
  return (server.address() as AddressInfo).port;
}

async function client(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = net.connect({ port, host, allowHalfOpen: true }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise((connected) => socket.once('connect', connected));
  return socket;
}

const only = (port: number, state: string) => serverSockets(port)!.filter((socket) => socket.state === state);

describe('sockets of a port, as the kernel sees them', () => {
  it('tells connections that were left from those that were not', async () => {
    const port = await lazyServer((socket) => socket.resume());
    const [stays, leaves] = [await client(port), await client(port)];
    leaves.end();
    await eventually(() => only(port, 'close-wait').length === 1, 'the FIN to arrive');
    expect(only(port, 'close-wait')[0]!.remotePort).toBe((leaves.address() as AddressInfo).port);
    expect(only(port, 'established').map(({ remotePort }) => remotePort)).toEqual([
      (stays.address() as AddressInfo).port,
    ]);
  });

  it('tells what waits to be sent, and what the kernel holds for it', async () => {
    const port = await lazyServer((socket) => socket.write(Buffer.alloc(8_000_000)));
    const reader = await client(port);
    reader.pause();
    await eventually(() => (only(port, 'established')[0]?.sendQueue ?? 0) > 100_000, 'the queue to fill');
    const [socket] = only(port, 'established');
    expect(socket!.memory).toBeGreaterThanOrEqual(socket!.unsent);
    expect(socket!.sendQueue).toBeGreaterThanOrEqual(socket!.unsent);
  });

  it('sees what waits to be read', async () => {
    const port = await lazyServer((socket) => socket.pause());
    (await client(port)).write(Buffer.alloc(5000));
    await eventually(() => only(port, 'established')[0]?.receiveQueue === 5000, 'the bytes to arrive');
  });

  it('sees IPv6, too', async (context) => {
    const port = await lazyServer((socket) => socket.resume(), '::1').catch(() => null);
    if (port === null) return context.skip('no IPv6 here');
    await client(port, '::1');
    expect(only(port, 'established')).toHaveLength(1);
  });

  it('does not take the clients of a port, or its listener, for its connections', async () => {
    const port = await lazyServer((socket) => socket.resume());
    const reader = await client(port);
    expect(serverSockets(port)).toHaveLength(1);
    // Other connections may have the same port at this end, to other ports at the other.
    expect(serverSockets((reader.address() as AddressInfo).port)!.map(({ remotePort }) => remotePort)).toContain(port);
  });

  it('refuses what is no port', () => {
    const { addon } = loadAddon();
    for (const port of [0, 65_536, Number.NaN, 'x'])
      expect(() => addon!.socketsOf!(port as number)).toThrow(/port must be from 1 to 65535/);
  });
});

describe('how long a lazy server keeps those who left', () => {
  const leaveOneByOne = async (port: number, clients: number) => {
    const sockets = await Promise.all(Array.from({ length: clients }, () => client(port)));
    await eventually(() => only(port, 'established').length === clients, 'all to be accepted');
    const watch = new SocketWatch(port);
    for (const socket of sockets) socket.end();
    return watch;
  };

  it('is measured: 250 ms of laziness, for each of them', async () => {
    const lazyMs = 250;
    const port = await lazyServer((socket) => {
      socket.resume();
      socket.on('end', () => setTimeout(() => socket.destroy(), lazyMs));
    });
    const watch = await leaveOneByOne(port, 20);
    await eventually(() => only(port, 'close-wait').length === 20, 'the FINs to arrive');
    await eventually(() => only(port, 'close-wait').length === 0, 'the server to let go');
    const found = closeWaits(watch.stop(), 20);
    expect(found).toMatchObject({ kept: 0, unseen: 0 });
    expect(found.ms).toHaveLength(20);
    // It can't be shorter but for one look; how much longer is the machine's affair.
    for (const ms of found.ms) expect(ms).toBeGreaterThan(lazyMs * 0.6);
  });

  it('has no end for one that never looks', async () => {
    const port = await lazyServer((socket) => socket.resume());
    const watch = await leaveOneByOne(port, 5);
    await eventually(() => only(port, 'close-wait').length === 5, 'the FINs to arrive');
    await sleep(100);
    expect(closeWaits(watch.stop(), 5)).toEqual({ ms: [], kept: 5, unseen: 0 });
  });
});
