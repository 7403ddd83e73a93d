import { describe, expect, it } from 'vitest';
import { Plan } from '../../src/runner/plan.js';
import type { Scenario } from '../../src/runner/scenario.js';
import { seedFor, shuffled } from '../../src/runner/seed.js';

const lasting = (seconds: number, rounds?: number): Scenario =>
  ({
    seconds: { quick: seconds, default: seconds, full: seconds },
    ...(rounds === undefined ? {} : { rounds: { quick: rounds, default: rounds, full: rounds } }),
  }) as Scenario;

const asked = (scenario: Scenario, servers: number, atOnce = 1) => ({
  scenario,
  servers,
  atOnce,
  rounds: scenario.rounds?.default ?? 1,
});

describe('time left', () => {
  it('is what the scenarios declare, for every target and round', () => {
    const plan = new Plan([asked(lasting(2), 3), asked(lasting(1, 3), 3)], 'default');
    expect(plan.total).toBe(12);
    expect(plan.leftSeconds).toBe(2 * 3 + 1 * 9);
  });

  it('knows nothing of those that are left out from the start', () => {
    const plan = new Plan([asked(lasting(2), 0), asked(lasting(3), 1)], 'default');
    expect([plan.total, plan.leftSeconds]).toEqual([1, 3]);
  });

  it('is corrected by the pace so far, the more so the longer it was seen', () => {
    const scenario = lasting(10);
    const plan = new Plan([asked(scenario, 3)], 'default');
    plan.done(scenario, 20);
    expect(plan.leftSeconds).toBe(20 * 1.5);
    plan.done(scenario, 20);
    expect(plan.leftSeconds).toBeCloseTo(10 * (50 / 30));
    expect(plan.finished).toBe(2);
  });

  it('shares the time of those that are asked together', () => {
    const scenario = lasting(4);
    // Three servers are two batches.
    const plan = new Plan([asked(scenario, 3, 2)], 'quick');
    expect(plan.leftSeconds).toBeCloseTo(8);
    expect(new Plan([asked(scenario, 3)], 'quick').leftSeconds).toBe(12);
    for (let i = 0; i < 3; i++) plan.done(scenario, 4);
    expect(plan.leftSeconds).toBeCloseTo(0);
    expect(new Plan([asked(scenario, 3, 8)], 'quick').leftSeconds).toBeCloseTo(4);
  });

  it('does not learn from what was left out', () => {
    const scenario = lasting(2);
    const plan = new Plan([asked(scenario, 2)], 'default');
    plan.done(scenario, 0);
    expect(plan.leftSeconds).toBe(2);
  });
});

describe('seeds', () => {
  it('are the same for the same parts, and others for others', () => {
    expect(seedFor(1, 'fin-idle', 0)).toBe(seedFor(1, 'fin-idle', 0));
    expect(seedFor(1, 'fin-idle', 0)).not.toBe(seedFor(1, 'fin-idle', 1));
    expect(seedFor(12, 3)).not.toBe(seedFor(1, 23));
  });

  it('order a list, each seed in its own way and without losing anything', () => {
    const list = ['a', 'b', 'c', 'd', 'e'];
    expect(shuffled(list, 5)).toEqual(shuffled(list, 5));
    expect([...shuffled(list, 5)].sort()).toEqual(list);
    expect(new Set(Array.from({ length: 20 }, (_, seed) => shuffled(list, seed).join(''))).size).toBeGreaterThan(10);
  });
});
