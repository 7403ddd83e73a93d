import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ProxyOptions } from '../../src/targets/proxy.js';
import type { RunningTarget, Target } from '../../src/targets/target.js';
import { freePort } from '../cli/free-port.js';
import { within } from '../support/waiting.js';
import { oneServer } from './one-server.js';

// The upstream is a script: it runs as it was built.
const { proxyTarget } = (await import('../../dist/targets/proxy.js')) as {
  proxyTarget: (options: ProxyOptions) => Target;
};

const place = oneServer();

const script = fileURLToPath(new URL('./fixtures/proxy.mjs', import.meta.url));
const start = async (manner: string): Promise<RunningTarget> => {
  const [port, upstreamPort] = [await freePort(), await freePort()];
  const command = `exec '${process.execPath}' '${script}' ${port} ${manner}`;
  const target = proxyTarget({ command, url: `http://127.0.0.1:${port}/`, upstreamPort });
  const { directory } = place;
  return place.up('the proxy', target.start({ cpu: null, directory, readyWithinMs: 5000 }), 10_000);
};

/** Asks for a stream that says one thing, hears it, and leaves. */
const leave = async ({ port }: RunningTarget): Promise<void> => {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /idle HTTP/1.1\r\nhost: x\r\nx-halfopen-tag: left\r\n\r\n');
  await within(new Promise((resolve) => socket.once('data', resolve)), 'the first chunk');
  socket.destroy();
};
const told =
  (name: string) =>
  ({ probe }: RunningTarget): boolean =>
    probe.events().some((event) => event.event === name && 'tag' in event && event.tag === 'left');

describe('a proxy under test', () => {
  it('is seen to let go of its upstream when a client has left', async () => {
    const proxy = await start('passes-on');
    await leave(proxy);
    expect(await proxy.probe.until(() => told('gone')(proxy), 5000)).toBe(true);
    expect(told('request')(proxy)).toBe(true);
  });

  it('is seen not to', async () => {
    const proxy = await start('keeps');
    await leave(proxy);
    expect(await proxy.probe.until(() => told('request')(proxy), 5000)).toBe(true);
    expect(await proxy.probe.until(() => told('gone')(proxy), 500)).toBe(false);
  });

  it('must be one that asks the upstream', async () => {
    const [port, upstreamPort] = [await freePort(), await freePort()];
    const command = `exec '${process.execPath}' -e "require('http').createServer((_, r) => r.end()).listen(${port}, '127.0.0.1')"`;
    const target = proxyTarget({ command, url: `http://127.0.0.1:${port}/`, upstreamPort });
    await expect(target.start({ cpu: null, directory: place.directory, readyWithinMs: 5000 })).rejects.toThrow(
      /did not come to its upstream/,
    );
  });

  it('is asked for all paths', () => {
    expect(() => proxyTarget({ url: 'http://127.0.0.1:1/page', upstreamPort: 2 })).toThrow(/end it with \//);
  });
});
