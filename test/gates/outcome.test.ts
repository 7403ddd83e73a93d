import { describe, expect, it } from 'vitest';
import { confirmed, controlSpread, type GateFindings, gateOutcome } from '../../src/gates/outcome.js';

const steady = [100, 101, 99, 100, 102];
const restless = [100, 140, 80, 150, 70];
const passing: GateFindings = {
  figures: [
    { name: 'cpu', verdict: 'pass' },
    { name: 'throughput', verdict: 'pass' },
  ],
  faultBars: ['pass', 'skipped'],
  controls: steady,
  baseline: true,
  interrupted: false,
};
const slow: GateFindings['figures'] = [
  { name: 'cpu', verdict: 'fail' },
  { name: 'throughput', verdict: 'more' },
];
const open: GateFindings['figures'] = [{ name: 'cpu', verdict: 'inconclusive' }];

describe('one verdict out of all', () => {
  it.each<[string, Partial<GateFindings>, string, number]>([
    ['all passed', {}, 'pass', 0],
    ['a figure failed', { figures: slow }, 'fail', 10],
    ['a fault bar is broken', { faultBars: ['pass', 'fail'] }, 'fail', 11],
    ['both: the fault bar wins', { figures: slow, faultBars: ['fail'] }, 'fail', 11],
    ['a figure is undecided', { figures: open }, 'inconclusive', 20],
    ['a fault bar is undecided', { faultBars: ['inconclusive'] }, 'inconclusive', 20],
    ['nothing was gated', { figures: [], faultBars: ['skipped'] }, 'inconclusive', 20],
    ['the machine is restless', { controls: restless }, 'invalid', 21],
    ['a failure on a restless machine means nothing', { figures: slow, controls: restless }, 'invalid', 21],
    ['a broken fault bar holds there too', { faultBars: ['fail'], controls: restless }, 'fail', 11],
    ['no baseline', { baseline: false, faultBars: ['fail'] }, 'no-baseline', 30],
    ['interrupted', { interrupted: true, baseline: false, figures: slow }, 'interrupted', 130],
  ])('%s', (_, part, verdict, exitCode) => {
    expect(gateOutcome({ ...passing, ...part })).toMatchObject({ verdict, exitCode });
  });

  it('says what decided', () => {
    expect(gateOutcome({ ...passing, figures: slow, faultBars: ['fail', 'fail'] }).reasons).toEqual([
      '2 fault bars are broken',
      'cpu became slower',
    ]);
  });

  it.each([
    ['exit', 20],
    ['warn', 0],
    ['fail', 10],
  ] as const)('inconclusive with policy %s exits %i, and is still called inconclusive', (policy, exitCode) => {
    expect(gateOutcome({ ...passing, figures: open }, policy)).toMatchObject({ verdict: 'inconclusive', exitCode });
  });
});

describe('spread of the controls', () => {
  it('is robust, and absent with fewer than four', () => {
    expect(controlSpread(steady)).toBeLessThan(0.02);
    expect(controlSpread([...steady, 900])).toBeLessThan(0.03);
    expect(controlSpread([1, 2, 3])).toBeNaN();
  });

  it('sees a machine that slowed down half-way', () => {
    expect(controlSpread([100, 101, 100, 140, 141, 140])).toBeGreaterThan(0.15);
  });

  it('too few controls do not make a run invalid', () => {
    expect(gateOutcome({ ...passing, controls: [1, 9] }).verdict).toBe('pass');
  });
});

describe('a second session', () => {
  const failed = gateOutcome({ ...passing, figures: slow });
  const passed = gateOutcome(passing);

  it('blocks when it says the same', () => {
    const second = gateOutcome({ ...passing, figures: slow });
    expect(confirmed(failed, second)).toBe(second);
    expect(second).toMatchObject({ verdict: 'fail', exitCode: 10 });
  });

  it('clears when it passes, and says that there was a failure', () => {
    const after = confirmed(failed, passed);
    expect(after).toMatchObject({ verdict: 'pass', exitCode: 0 });
    expect(after.reasons.join()).toContain('did not confirm it: pass');
  });

  it('leaves it open when it does not know', () => {
    expect(confirmed(failed, gateOutcome({ ...passing, figures: open }))).toMatchObject({ exitCode: 20 });
  });

  it('is not asked about anything but a regression', () => {
    const broken = gateOutcome({ ...passing, faultBars: ['fail'] });
    expect(confirmed(broken, passed)).toBe(broken);
    expect(confirmed(passed, failed)).toBe(passed);
  });
});
