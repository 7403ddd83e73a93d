import { expect, it } from 'vitest';
import { endedByServer } from '../../src/measures/kills.js';
import type { Outcome } from '../../src/traffic/report.js';
import { cut } from '../support/cuts.js';

const stuck = (outcome: Outcome, endMs: number, ok = true) => ({
  ...cut('a', 100, { ok }),
  action: 'stall' as const,
  outcome,
  endNs: endMs * 1e6,
});

it('tells clients that the server ended from those that it kept', () => {
  const samples = [stuck('peer-reset', 1600), stuck('peer-fin', 1700), stuck('held', 5000), stuck('timeout', 5000)];
  expect(endedByServer(samples)).toEqual({ endedMs: [1500, 1600], kept: 2, of: 4 });
});

it('counts an early answer as an end, and a sample without a receipt not at all', () => {
  expect(endedByServer([stuck('complete', 200), stuck('peer-reset', 200, false)])).toEqual({
    endedMs: [100],
    kept: 0,
    of: 1,
  });
});
