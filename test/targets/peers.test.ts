import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/targets/target.js';
import { eventually, within } from '../support/waiting.js';
import { oneServer } from './one-server.js';

// The servers are scripts: they run as they were built.
const { targets } = (await import('../../dist/targets/index.js')) as { targets: readonly Target[] };
const peers = targets.filter(({ role }) => role === 'peer');

/** An interpreter, or five of them, on a busy machine. */
const startsWithinMs = 20_000;

const place = oneServer();

/** Bytes of the answer to each path of the testbed's application that comes to an end. */
const lengths: Readonly<Record<string, number>> = {
  '/': 13,
  '/stream': 16 * 64,
  '/async': 16 * 64,
  '/tick': 16 * 64,
  '/finite': 10 * 1024,
  '/storm-then-data': 13,
  '/storm-between': 10 * 64,
  '/fixed': 4 * 1024 * 1024,
  '/early': 13,
};

/** A stream that such a client leaves in the middle: every peer has one, and notices sooner or later. */
const streams = '/paced';

describe.each(peers)('the target $name', { timeout: 60_000 }, (target) => {
  const lack = target.unavailable();
  const start = () => place.up(target.name, target.start({ cpu: null, directory: place.directory }), startsWithinMs);

  it('answers, tells its probe, notices a cut, and ends when asked', async ({ skip }) => {
    skip(lack !== null, lack ?? '');
    const { host, port, probe, ended, stop } = await start();
    const ask = (path: string, given: RequestInit = {}) =>
      fetch(`http://${host}:${port}${path}`, { headers: { 'x-halfopen-tag': `t${path}` }, ...given });
    for (const [path, length] of Object.entries(lengths)) {
      if ((target.lacks?.(path) ?? null) !== null) continue;
      const body = await within((await ask(path)).text(), `${path} of ${target.name}`, startsWithinMs);
      expect([path, body.length]).toEqual([path, length]);
    }
    const uploaded = await ask('/upload', { method: 'POST', body: 'x'.repeat(100_000) });
    expect(Number(await uploaded.text())).toBe(100_000);
    const told = (tag: string) =>
      probe.events().flatMap((event) => ('tag' in event && event.tag === tag ? [event.event as string] : []));
    await eventually(() => told('t/finite').includes('closed'), 'the end to be told');
    expect(told('t/finite').filter((event) => event !== 'pull')).toEqual(
      expect.arrayContaining(['request', 'end', 'closed']),
    );
    expect(told('t/finite').filter((event) => event === 'pull')).toHaveLength(10);
    await eventually(() => probe.only('input').length > 0, 'the end of the upload to be told');
    expect(probe.only('input')[0]).toMatchObject({ state: 'eof', bytes: 100_000 });

    const client = connect(port, host);
    client.on('error', () => {}); // the answer to a reset
    client.write(`GET ${streams} HTTP/1.1\r\nhost: ${host}\r\nx-halfopen-tag: cut\r\n\r\n`);
    await eventually(() => told('cut').includes('pull'), 'the stream to begin');
    const before = Number(process.hrtime.bigint());
    client.destroy();
    await eventually(() => told('cut').includes('gone') && told('cut').includes('closed'), 'the cut to be noticed');
    const gone = probe.only('gone').find(({ tag }) => tag === 'cut')!;
    // The same clock on both sides, whatever the runtime's own counts from.
    expect(gone.t).toBeGreaterThan(before);
    expect(gone.t).toBeLessThan(Number(process.hrtime.bigint()));
    expect(probe.rejected).toEqual([]);
    await within(stop(), 'the server to stop');
    expect(ended()).not.toBeNull();
  });

  it('is described, and says what it lacks and why', () => {
    expect(target.summary.length).toBeGreaterThan(5);
    if (lack === null) expect(target.version()).toMatch(/\d+\.\d+/);
    else expect(lack).toMatch(/halfopen targets install|npm install|does not run|cannot be/);
    expect(target.lacks?.('/')).toBeNull();
    expect(target.lacks?.('/no-such-path')).toMatch(/no \/no-such-path/);
  });
});

it('a WSGI server is not asked for what WSGI does not have', () => {
  const sync = peers.find(({ name }) => name === 'gunicorn-sync')!;
  expect(sync.lacks?.('/async')).toBe('WSGI has no asynchronous bodies');
  expect(sync.lacks?.('/idle?x=1')).toMatch(/serves one client until it is done/);
});
