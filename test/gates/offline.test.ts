import { describe, expect, it } from 'vitest';
import { claims, judge, selfTest } from '../../src/gates/offline.js';
import { simulate } from '../../src/gates/simulate.js';

describe('virtual gates', () => {
  const findings = [...selfTest({ gates: 400, seed: 1 })];

  it('do not refute any claim, under any kind of noise', () => {
    const broken = findings.filter(({ verdict }) => verdict === 'broken');
    expect(broken.map(({ claim, model, tally }) => ({ claim: claim.title, model, tally }))).toEqual([]);
    expect(findings).toHaveLength(21);
  });

  it('seldom end without a decision where the builds are the same and the noise is ordinary', () => {
    const same = findings.filter(({ claim, model }) => claim.kind === 'false-alarm' && model !== 'rhythm');
    for (const { tally } of same) expect(tally.pass / tally.gates).toBeGreaterThan(0.97);
  });

  it('are the same for the same seed', () => {
    const campaign = { model: 'bursts', noise: 0.05, slowdown: 0.02, margin: 0.05, figures: 2, gates: 50, seed: 9 };
    expect(simulate(campaign)).toEqual(simulate(campaign));
    expect(simulate({ ...campaign, seed: 10 })).not.toEqual(simulate(campaign));
  });

  it('would notice a rule that is wrong', () => {
    // Margins of which the gate knows nothing: a slowdown of half the margin is neither caught nor let through reliably.
    const halved = { model: 'normal', noise: 0.05, slowdown: 0.025, margin: 0.05, figures: 6, gates: 400, seed: 1 };
    expect(judge(claims[1]!, 'normal', simulate(halved)).verdict).toBe('broken');
    expect(judge(claims[0]!, 'normal', simulate(halved)).verdict).toBe('broken');
  });

  it('know no other noise', () => {
    expect(() => simulate({ model: 'x', noise: 0, slowdown: 0, margin: 0.05, figures: 1, gates: 1, seed: 1 })).toThrow(
      '"x"',
    );
  });
});

describe('judging a campaign', () => {
  const tally = (fail: number, gates: number) => ({ gates, fail, pass: gates - fail, inconclusive: 0, pairs: 40 });
  const [falseAlarm, caught] = claims;

  it.each([
    [120, 12_000, 'holds'],
    [121, 12_000, 'broken'],
    [14, 500, 'holds'], // 2.8 %: too few gates to refute 1 %
    [16, 500, 'broken'],
  ])('%i false alarms in %i gates: %s', (fail, gates, verdict) => {
    expect(judge(falseAlarm!, 'normal', tally(fail, gates)).verdict).toBe(verdict);
  });

  it.each([
    [11_440, 12_000, 'holds'],
    [11_439, 12_000, 'broken'],
    [455, 500, 'holds'],
    [450, 500, 'broken'],
  ])('%i caught of %i: %s', (fail, gates, verdict) => {
    expect(judge(caught!, 'normal', tally(fail, gates)).verdict).toBe(verdict);
  });

  it('reports where nothing is claimed', () => {
    expect(judge(caught!, 'rhythm', tally(1, 12_000)).verdict).toBe('reported');
  });
});
