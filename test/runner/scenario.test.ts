import { describe, expect, it } from 'vitest';
import type { Measure } from '../../src/measures/measure.js';
import { defineScenario, lacking, roundsOf, type Scenario } from '../../src/runner/scenario.js';
import { nodeHttp } from '../../src/targets/node-http.js';

const latency: Measure = { name: 'latency_ms', title: 'latency', unit: 'ms', better: 'lower', what: 'how late' };
const scenario = (given: Partial<Scenario>): Scenario => ({
  name: 'one',
  group: 'test',
  question: 'Is it?',
  needs: [],
  measures: [latency],
  bars: [],
  seconds: { quick: 1, default: 1, full: 1 },
  run: async () => {},
  ...given,
});

describe('defining a scenario', () => {
  it('gives it back when its bars fit its measures', () => {
    const good = scenario({ bars: ['latency_ms{phase:during} p(99) < 5'] });
    expect(defineScenario(good)).toBe(good);
  });

  it.each([
    [{ bars: ['latency p(99) < 5'] }, 'unknown measure; it has latency_ms'],
    [{ bars: ['latency_ms p(99) <'] }, 'expected a number'],
    [{ name: 'Not A Name' }, 'not a scenario’s name'],
  ])('refuses %j', (given, message) => {
    expect(() => defineScenario(scenario(given))).toThrow(message.replace('’', "'"));
  });
});

describe('what a target lacks', () => {
  it('is said in words', () => {
    expect(lacking(scenario({ needs: ['backoff'] }), nodeHttp)).toBe('the target declares no back-off schedule');
    expect(lacking(scenario({ needs: ['probe'] }), { ...nodeHttp, probe: false })).toMatch(/no probe/);
    expect(lacking(scenario({ needs: ['probe', 'application', 'process'] }), nodeHttp)).toBeNull();
    expect(lacking(scenario({ needs: ['workers'] }), nodeHttp)).toMatch(/no workers/);
    expect(lacking(scenario({ needs: ['graceMs', 'userTimeoutMs'] }), { ...nodeHttp, deadlines: ['graceMs'] })).toBe(
      'the target cannot be given userTimeoutMs',
    );
  });
});

describe('how often a scenario is played', () => {
  const once = { rounds: { quick: 1, default: 3, full: 5, grid: 1 } } as Scenario;
  const often = { rounds: { quick: 1, default: 4, full: 7 } } as Scenario;

  it('is told by its size, and in a default grid by the grid, where that differs', () => {
    expect([1, 3, 4, 8].map((servers) => roundsOf(once, 'default', servers))).toEqual([3, 3, 1, 1]);
    expect([3, 4].map((servers) => roundsOf(often, 'default', servers))).toEqual([4, 4]);
    expect([roundsOf(once, 'quick', 8), roundsOf(once, 'full', 8)]).toEqual([1, 5]);
    expect(roundsOf({} as Scenario, 'full', 8)).toBe(1);
  });
});
