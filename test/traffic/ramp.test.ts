import { describe, expect, it } from 'vitest';
import { runCohorts } from '../../src/traffic/client.js';
import { ramp } from '../../src/traffic/ramp.js';
import { needsAddon } from '../support/addon.js';
import { httpServer, within } from './servers.js';

needsAddon();

const base = { id: 'r', host: '127.0.0.1', port: 1, request: 'GET / HTTP/1.1\r\nHost: test\r\n\r\n', connections: 4 };
const rateOf = ({ pacing }: ReturnType<typeof ramp>[number]) => (pacing.mode === 'open' ? pacing.ratePerSecond : 0);

describe('a ramp', () => {
  it('rises by equal factors, step after step', () => {
    const steps = ramp({ ...base, fromPerSecond: 10, toPerSecond: 80, steps: 4, stepMs: 500, startMs: 100 });
    expect(steps.map((step) => Math.round(rateOf(step)))).toEqual([10, 20, 40, 80]);
    expect(steps.map(({ id, startMs, durationMs }) => [id, startMs, durationMs])).toEqual([
      ['r-0', 100, 500],
      ['r-1', 600, 500],
      ['r-2', 1100, 500],
      ['r-3', 1600, 500],
    ]);
  });

  it.each([
    [{ fromPerSecond: 0, toPerSecond: 5, steps: 3 }, /above 0/],
    [{ fromPerSecond: 5, toPerSecond: 5, steps: 1 }, /two steps/],
  ])('refuses %j', (given, message) => {
    expect(() => ramp({ ...base, stepMs: 100, ...given })).toThrow(message);
  });

  it('sends what each of its steps is due', async () => {
    const port = await httpServer((_, response) => void response.end('ok'));
    const steps = ramp({
      ...base,
      port,
      arrivals: 'constant',
      fromPerSecond: 50,
      toPerSecond: 200,
      steps: 3,
      stepMs: 200,
    });
    const { cohorts } = await within('the ramp', 8000, runCohorts(steps, { seed: 1, deadlineMs: 5000 }));
    // Constant arrivals: as many as fit into 200 ms, give or take the first and the last.
    for (const [i, due] of [10, 20, 40].entries()) {
      expect(cohorts[i]!.requests).toBeGreaterThanOrEqual(due - 2);
      expect(cohorts[i]!.requests).toBeLessThanOrEqual(due + 2);
    }
  });
});
