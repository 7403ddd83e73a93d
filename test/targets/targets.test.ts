import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { execTarget } from '../../src/targets/exec.js';
import { canPin } from '../../src/targets/launch.js';
import type { RunningTarget, Target } from '../../src/targets/target.js';
import { eventually, within } from '../support/waiting.js';
import { oneServer } from './one-server.js';

// The servers are scripts: they run as they were built.
const { nodeHttp } = (await import('../../dist/targets/node-http.js')) as { nodeHttp: Target };
const { ownNode } = (await import('../../dist/targets/own-node.js')) as { ownNode: Target };

const place = oneServer();

const start = (target: Target, cpu: number | null = null): Promise<RunningTarget> =>
  place.up(target.name, target.start({ cpu, directory: place.directory }));
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it.skipIf(!canPin())('comes up on one core and is asked on another, with all its threads', async () => {
  const { directory } = place;
  const running = await place.up('node-http', nodeHttp.start({ cpu: 0, startCpu: 1, directory }));
  const threads = readdirSync(`/proc/${running.pid}/task`);
  const cores = threads.map((id) =>
    /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${running.pid}/task/${id}/status`, 'utf8')),
  );
  expect(threads.length).toBeGreaterThan(1);
  expect(new Set(cores.map((found) => found![1]))).toEqual(new Set(['0']));
});

describe.each([nodeHttp, ownNode])('the target $name', (target) => {
  it('answers, tells its probe, and ends when asked', async () => {
    const { host, port, pid, probe, ended, stop } = await start(target);
    const get = (path: string) => fetch(`http://${host}:${port}${path}`, { headers: { 'x-halfopen-tag': 'a' } });
    expect(await (await get('/')).text()).toBe('Hello, world!');
    expect((await (await get('/stream')).text()).length).toBe(16 * 64);
    expect(await (await get('/storm-then-data')).text()).toBe('Hello, world!');
    expect(JSON.parse(await (await get('/memory')).text())).toMatchObject({ heapUsed: expect.any(Number) });
    expect((await get('/nowhere')).status).toBe(404);
    expect(await probe.until((events) => events.some(({ event }) => event === 'end'), 8000)).toBe(true);
    const told = probe.events().flatMap((event) => ('tag' in event && event.tag === 'a' ? [event.event] : []));
    expect(told[0]).toBe('request');
    expect(told).toContain('closed');
    expect(told).not.toContain('gone');
    expect(ended()).toBeNull();
    await within(stop(), 'the server to stop');
    expect(ended()).toMatch(/exited with code 0/);
    expect(alive(pid!)).toBe(false);
  });

  it('tells that a client has gone, once', async () => {
    const { host, port, probe } = await start(target);
    const abort = new AbortController();
    const headers = { 'x-halfopen-tag': 'b' };
    await fetch(`http://${host}:${port}/idle`, { headers, signal: abort.signal });
    abort.abort();
    expect(await probe.until((events) => events.some(({ event }) => event === 'closed'), 8000)).toBe(true);
    expect(probe.only('gone').map(({ tag }) => tag)).toEqual(['b']);
  });
});

describe('a server of one’s own', () => {
  it.runIf(canPin())('is tied to its core with all its threads', async () => {
    const { pid } = await start(nodeHttp, 1);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Cpus_allowed_list:\s*1$/m);
  });

  it('that does not come up says what it printed', async () => {
    const target = execTarget({ command: 'echo oh no; exit 3', url: 'http://127.0.0.1:9/' });
    await expect(within(target.start({ cpu: null, directory: place.directory }), 'the failure')).rejects.toThrow(
      /did not start: exited with code 3; it printed: oh no/,
    );
  });

  it('that never listens is given up and ended', async () => {
    const target = execTarget({ command: 'sleep 60', url: 'http://127.0.0.1:9/' });
    const starting = target.start({ cpu: null, directory: place.directory, readyWithinMs: 300 });
    await expect(within(starting, 'the failure')).rejects.toThrow(
      /nothing answered at 127.0.0.1:9 within 300 ms; the command runs, and listens nowhere/,
    );
  });

  it('that listens elsewhere says where', async () => {
    const port = await freePort();
    const script = `require('net').createServer().listen(${port},'127.0.0.1')`;
    const target = execTarget({ command: `"${process.execPath}" -e "${script}"; true`, url: 'http://127.0.0.1:9/' });
    const starting = target.start({ cpu: null, directory: place.directory, readyWithinMs: 2000 });
    await expect(within(starting, 'the failure')).rejects.toThrow(`the command runs, and listens at port ${port}`);
  });

  it('is not mistaken for one that has its port already', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const target = execTarget({ command: 'sleep 60', url: `http://127.0.0.1:${port}/` });
    const starting = target.start({ cpu: null, directory: place.directory });
    await expect(within(starting, 'the failure')).rejects.toThrow(/something else answers at 127.0.0.1:\d+ already/);
    other.close();
  });

  it('ends with the children that its shell started', async () => {
    const port = await freePort();
    const script = `require('http').createServer((q,s)=>s.end(String(process.pid))).listen(${port},'127.0.0.1')`;
    const target = execTarget({
      command: `"${process.execPath}" -e "${script}"; true`,
      url: `http://127.0.0.1:${port}/`,
    });
    const server = await start(target);
    expect(server.tells).toBe(false);
    const pid = Number(await (await fetch(`http://127.0.0.1:${port}/`)).text());
    expect(pid).not.toBe(server.pid);
    await within(server.stop(), 'the server to stop');
    await eventually(() => !alive(pid), 'the grandchild to end');
  });

  it('whose URL is no plain http is refused', () => {
    expect(() => execTarget({ url: 'https://localhost/' })).toThrow(/must begin with http:/);
    expect(() => execTarget({ url: 'nonsense' })).toThrow(/Invalid URL/);
  });

  it('is asked for its own page, unless it has the paths of the testbed', () => {
    expect(execTarget({ url: 'http://localhost:1/events?x=1' }).application).toBe(false);
    expect(execTarget({ url: 'http://localhost:1/' }).application).toBe(true);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
