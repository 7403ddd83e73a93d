import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { runCohorts } from '../../src/traffic/client.js';
import { openLoop } from '../../src/traffic/open-loop.js';
import { needsAddon } from '../support/addon.js';
import { get, httpServer, within } from './servers.js';

needsAddon();

const cpu = Number(
  spawnSync('taskset', ['-cp', String(process.pid)])
    .stdout.toString()
    .match(/(\d+)\D*$/)?.[1] ?? 0,
);
const seconds = 1.5;

/** Healthy clients on one core, and whether it is watched. */
async function run(watched: readonly number[]) {
  const port = await httpServer((_, response) => void response.end('ok'));
  const cohort = openLoop({
    id: 'c',
    host: '127.0.0.1',
    port,
    request: get(),
    connections: 32,
    ratePerSecond: 500,
    durationMs: seconds * 1000,
    phases: [{ name: 'all', untilMs: seconds * 1000 }],
  });
  const report = await within(
    'the run',
    8000,
    runCohorts([cohort], { seed: 1, deadlineMs: 6000, cpu, prompt: true, watched }),
  );
  return { report, phase: report.cohorts[0]!.phases[0]! };
}

/** Nobody else runs on the core for some tens of milliseconds, again and again: what starts there goes before everybody. */
function takeTheCore(): () => Promise<void> {
  let over = false;
  let taking: ChildProcess | undefined;
  const spin = 'i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done';
  const next = () => {
    if (over) return;
    taking = spawn('chrt', ['-f', '50', 'taskset', '-c', String(cpu), 'sh', '-c', spin], { stdio: 'ignore' });
    taking.once('close', () => setTimeout(next, 150));
  };
  next();
  return async () => {
    over = true;
    if (taking && taking.exitCode === null) await once(taking, 'close');
  };
}

const mayGoBefore = spawnSync('chrt', ['-f', '50', 'true']).status === 0;

it.skipIf(!mayGoBefore)('does not count what is late because a core stood still', async () => {
  const stop = takeTheCore();
  onTestFinished(stop);
  const { report, phase } = await run([cpu]);
  expect(report.watched).toBe(true);
  const longest = Math.max(...report.stalls.map(({ fromNs, toNs }) => toNs - fromNs));
  expect(longest).toBeGreaterThan(5e6);
  expect(
    report.stalls.every(
      ({ fromNs, toNs }) => report.startedNs < fromNs && fromNs < toNs && toNs <= report.endedNs + 50e6,
    ),
  ).toBe(true);
  expect(phase.stalled).toBeGreaterThan(0);
  expect(phase.latency.count).toBe(phase.requests - phase.stalled);
});

it.skipIf(!mayGoBefore)('counts it where nobody watches', async () => {
  const stop = takeTheCore();
  onTestFinished(stop);
  const { report, phase } = await run([]);
  expect(report).toMatchObject({ watched: false, stalls: [] });
  expect(phase.stalled).toBe(0);
  expect(phase.latency.count).toBe(phase.requests);
  expect(phase.latency.max).toBeGreaterThan(5e6);
});

it('goes on without a witness where a core is not there', async () => {
  const { report, phase } = await run([1023]);
  expect(report).toMatchObject({ watched: false, stalls: [] });
  expect(phase.latency.count).toBe(phase.requests);
  expect(phase.requests).toBeGreaterThan(0);
});

it('refuses a core that cannot be', async () => {
  await expect(run([-1])).rejects.toThrow(/watched/);
});
