import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon.js';
import { afterHead, stall } from '../../src/faults/index.js';
import { type Cohort, type Progress, runCohorts } from '../../src/traffic/client.js';
import { planCohort, requestBytes } from '../../src/traffic/plan.js';
import { needsAddon } from '../support/addon.js';
import { answering, closed, get, tcpServer, within } from './servers.js';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const cohort = (port: number, more: Partial<Cohort> = {}): Cohort => ({
  id: 'c',
  host: '127.0.0.1',
  port,
  request: get(),
  connections: 2,
  pacing: closed,
  durationMs: 10_000,
  ...more,
});

describe('a run', () => {
  needsAddon();

  it('is stopped by its signal, and reports what it measured', async () => {
    const port = await answering(ok);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const run = runCohorts([cohort(port)], { seed: 1, deadlineMs: 10_000, signal: stop.signal });
    const report = await within('the stop', 2000, run);
    expect(report.ended).toBe('stopped');
    expect(report.cohorts[0]!.requests).toBeGreaterThan(0);
  });

  it('is over before it begins when the signal came first', async () => {
    const options = { seed: 1, deadlineMs: 10_000, signal: AbortSignal.abort() };
    const report = await within('the stop', 2000, runCohorts([cohort(await answering(ok))], options));
    expect(report.ended).toBe('stopped');
  });

  it('ends at its deadline', async () => {
    const port = await tcpServer(() => {});
    const run = runCohorts([cohort(port, { fault: stall({ at: afterHead() }) })], { seed: 1, deadlineMs: 100 });
    const report = await within('the deadline', 2000, run);
    expect(report.ended).toBe('deadline');
    expect(report.cohorts[0]!.receipts.failed).toEqual({ 'run-ended-first': 2 });
  });

  it('has a thread that is real-time, or of the shortest time slice, when it is to go before others', async ({
    skip,
  }) => {
    const first = async (prompt: boolean): Promise<number | null> => {
      const run = runCohorts([cohort(await answering(ok), { durationMs: 200 })], { seed: 1, deadlineMs: 5000, prompt });
      await delay(100);
      let told = true;
      const before = readdirSync('/proc/self/task').filter((id) => {
        const text = readFileSync(`/proc/self/task/${id}/sched`, 'utf8');
        const figure = (name: string): number => Number(new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(text)?.[1]);
        if (figure('policy') === 1) return true; // SCHED_FIFO, which has no slices
        told &&= Number.isFinite(figure('se.slice'));
        return figure('se.slice') === 100_000;
      });
      await run;
      return told ? before.length : null;
    };
    if (!existsSync('/proc/self/sched') || (await first(false)) === null)
      skip('this kernel does not tell how its threads are scheduled');
    expect(await first(false)).toBe(0);
    expect(await first(true)).toBe(1);
  });

  it('tells how far it is', async () => {
    const port = await answering(ok);
    const seen: Progress[] = [];
    await runCohorts([cohort(port, { durationMs: 200 })], {
      seed: 1,
      deadlineMs: 5000,
      progressMs: 20,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)!.requests).toBeGreaterThan(seen[0]!.requests);
    expect(seen.map(({ openConnections }) => openConnections)).toContain(2);
  });

  it('runs cohorts side by side, on the core it is told', async () => {
    const port = await answering(ok);
    const cohorts = [cohort(port, { id: 'a', rounds: 50 }), cohort(port, { id: 'b', rounds: 60, startMs: 20 })];
    const report = await runCohorts(cohorts, { seed: 1, deadlineMs: 5000, cpu: 0 });
    expect(report.cohorts.map(({ id, requests }) => [id, requests])).toEqual([
      ['a', 50],
      ['b', 60],
    ]);
    expect(report.ended).toBe('finished');
    expect(report.client.cpu).toBe(0);
    expect(report.client.cpuNs).toBeGreaterThan(0);
  });

  it('goes on beside others', async () => {
    const port = await answering(ok);
    const runs = Array.from({ length: 4 }, () =>
      runCohorts([cohort(port, { rounds: 50 })], { seed: 1, deadlineMs: 5000 }),
    );
    for (const report of await Promise.all(runs)) expect(report.cohorts[0]!.requests).toBe(50);
  });
});

describe('teardown', () => {
  needsAddon();

  const path = () =>
    process.env.HALFOPEN_ADDON ?? new URL('../../build/Release/halfopen.node', import.meta.url).pathname;
  const source = `
    const { workerData, parentPort } = require('node:worker_threads');
    const { FaultClient } = require(workerData.path);
    const run = new FaultClient(workerData.plan, () => {});
    const wait = () => run.progress()[1] > 0 ? parentPort.postMessage('running') : setTimeout(wait, 5);
    wait();`;

  const plan = async () => ({
    seed: 1,
    run: 0,
    cpu: -1,
    network: '',
    prompt: false,
    watched: [],
    deadlineNs: 60e9,
    cohorts: [planCohort(cohort(await answering(ok)), '127.0.0.1')],
  });

  it('survives the end of workers in the middle of their runs', async () => {
    const workerData = { path: path(), plan: await plan() };
    for (let i = 0; i < 3; i++) {
      const workers = Array.from({ length: 3 }, () => new Worker(source, { eval: true, workerData }));
      const running = workers.map((worker) => once(worker, 'message'));
      await within('runs in the workers', 5000, Promise.all(running));
      await within('the end of the workers', 2000, Promise.all(workers.map((worker) => worker.terminate())));
    }
  });

  it.each([
    ['leaves', 'process.exit(3)', 3],
    ['dies of an error', 'throw new Error("on purpose")', 1],
  ])('survives a process that %s in the middle of a run', async (_, last, code) => {
    const [one] = (await plan()).cohorts;
    const script = `
      const cohort = { ...${JSON.stringify(one)}, request: Buffer.from(${JSON.stringify(get())}), tagAt: [] };
      const workerData = { path: ${JSON.stringify(path())}, plan: { seed: 1, run: 0, cpu: -1, network: '', prompt: false, watched: [], deadlineNs: 60e9, cohorts: [cohort] } };
      const parentPort = { postMessage() { ${last} } };
      ${source.replace(/const .*require\('node:worker_threads'\);/, '')}`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const [status, signal] = await within('the end of the process', 5000, once(child, 'exit'));
    expect([status, signal]).toEqual([code, null]);
  });
});

describe('a plan that cannot be run', () => {
  needsAddon();

  it.each<[string, Partial<Cohort>, RegExp]>([
    ['no connections', { connections: 0 }, /connections/],
    ['a fraction of one', { connections: 1.5 }, /connections/],
    ['a port that is none', { port: 70_000 }, /port/],
    ['no request', { request: '' }, /request/],
    ['a rate of nothing', { pacing: { mode: 'open', ratePerSecond: 0, arrivals: 'constant' } }, /rate/],
    ['time that runs backwards', { startMs: -1 }, /startMs/],
    ['a fault without a step', { fault: { name: 'none', steps: [] } }, /step/],
    ['a hash that is none', { expect: { bodyHash: 'xyz' } }, /bodyHash/],
  ])('is refused: %s', async (_, wrong, message) => {
    const run = runCohorts([cohort(80, wrong)], { seed: 1, deadlineMs: 100 });
    await expect(run).rejects.toThrow(TypeError);
    await expect(runCohorts([cohort(80, wrong)], { seed: 1, deadlineMs: 100 })).rejects.toThrow(message);
  });

  it('is refused: no cohorts, no end, no seed', async () => {
    await expect(runCohorts([], { seed: 1, deadlineMs: 100 })).rejects.toThrow(/cohorts/);
    await expect(runCohorts([cohort(80)], { seed: 1, deadlineMs: Number.NaN })).rejects.toThrow(/deadlineNs/);
    await expect(runCohorts([cohort(80)], { seed: -1, deadlineMs: 100 })).rejects.toThrow(/seed/);
    const { durationMs: _, ...endless } = cohort(80);
    await expect(runCohorts([endless], { seed: 1, deadlineMs: 100 })).rejects.toThrow(/durationMs/);
  });

  it('never crashes the addon, whatever it is', () => {
    const { addon } = loadAddon();
    const make = addon!.FaultClient as unknown as new (...args: unknown[]) => unknown;
    const good = {
      seed: 1,
      run: 0,
      cpu: -1,
      network: '',
      prompt: false,
      watched: [],
      deadlineNs: 1e6,
      cohorts: [planCohort(cohort(80), '127.0.0.1')],
    };
    const odd = [undefined, null, 1, 'x', Symbol('x'), [], {}, () => {}, 10n, new Proxy({}, {})];
    for (const value of odd) {
      expect(() => new make(value, () => {})).toThrow(TypeError);
      expect(() => new make({ ...good, cohorts: [value] }, () => {})).toThrow(TypeError);
      for (const name of Object.keys(good.cohorts[0]!)) {
        const same =
          (typeof value === 'number' && typeof good.cohorts[0]![name as 'rate'] === 'number') || Array.isArray(value);
        if (same) continue;
        const cohorts = [{ ...good.cohorts[0], [name]: value }];
        expect(() => new make({ ...good, cohorts }, () => {}), name).toThrow(TypeError);
      }
    }
    expect(() => new make(good)).toThrow(TypeError);
    expect(() => new make(good, 5)).toThrow(TypeError);
    expect(() => (make as unknown as () => void)()).toThrow(TypeError);
    const thrower = {
      get seed(): number {
        throw new RangeError('from a getter');
      },
    };
    expect(() => new make(thrower, () => {})).toThrow('from a getter');
  });
});

it('puts tags where the tokens were', () => {
  const { bytes, tagAt } = requestBytes(['a{tag}b', new Uint8Array([123, 116, 97, 103, 125])]);
  expect(tagAt).toEqual([1, 18]);
  expect(Buffer.from(bytes).toString()).toBe(`a${'0'.repeat(16)}b${'0'.repeat(16)}`);
});
