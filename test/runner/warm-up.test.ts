import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { ScenarioContext } from '../../src/runner/context.js';
import { warmUp } from '../../src/runner/warm-up.js';
import { runCohorts } from '../../src/traffic/client.js';
import { closedLoop } from '../../src/traffic/closed-loop.js';
import type { Cohort } from '../../src/traffic/cohort.js';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** @returns how many requests a server got that takes so long for each, the cohorts it was asked by, and what it answered to each */
async function warmed(
  delayMs: number,
  leastMs: number,
  depth = 1,
): Promise<{ asked: number; cohorts: readonly Cohort[]; answered: readonly number[] }> {
  let asked = 0;
  server = createServer((_, response) => {
    asked++;
    if (delayMs === 0) response.end('ok');
    else setTimeout(() => response.end('ok'), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cohorts: Cohort[] = [];
  const answered: number[] = [];
  const context = {
    sized: (of: { quick: number }) => of.quick,
    run: async (given: readonly Cohort[]) => {
      cohorts.push(...given);
      const report = await runCohorts(given, { seed: 1, deadlineMs: 20_000, signal: new AbortController().signal });
      answered.push(report.cohorts[0]!.requests);
      return report;
    },
  };
  const load = (durationMs: number): Cohort =>
    closedLoop({
      id: 'warm-up',
      host: '127.0.0.1',
      port,
      request: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      connections: 8,
      depth,
      durationMs,
      expect: { status: 200, bodyBytes: 2 },
    });
  await warmUp(context as unknown as ScenarioContext, load, { quick: leastMs, default: 0, full: 0 });
  return { asked, cohorts, answered };
}

it('a server that has answered too few in the least time is asked for the rest, within a limit', async () => {
  const { asked, cohorts } = await warmed(20, 100);
  expect(cohorts.map(({ durationMs }) => durationMs)).toEqual([100, 650]);
  expect(cohorts[1]!.rounds).toBeGreaterThan(5000); // 8 at once, 20 ms each: 40 or fewer came in the first 100 ms
  expect(asked).toBeLessThan(1000);
});

it('what is left is counted in requests, however many go out together', async () => {
  const { cohorts } = await warmed(20, 100, 4);
  expect(cohorts[1]!.rounds).toBeLessThanOrEqual(1500);
});

it('a server that has answered enough is asked no more', async () => {
  const { cohorts, answered } = await warmed(0, 700, 16);
  // It is little for any machine; one that was too busy for it is right to ask again.
  expect(cohorts).toHaveLength(answered[0]! >= 6000 ? 1 : 2);
});
