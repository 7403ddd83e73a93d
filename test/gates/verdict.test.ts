import { describe, expect, it } from 'vitest';
import { combine, exitCodeOf, type Verdict } from '../../src/gates/verdict.js';

describe('several verdicts as one', () => {
  it.each<[Verdict[], Verdict]>([
    [['pass', 'fail', 'inconclusive'], 'fail'],
    [['pass', 'inconclusive', 'skipped'], 'inconclusive'],
    [['pass', 'skipped'], 'pass'],
    [['skipped', 'skipped'], 'skipped'],
    [[], 'inconclusive'],
  ])('%j is %s', (verdicts, expected) => {
    expect(combine(verdicts)).toBe(expected);
  });
});

describe('exit code', () => {
  it.each<[Verdict[], number]>([
    [['pass'], 0],
    [['pass', 'skipped'], 0],
    [['pass', 'inconclusive'], 20],
    [['inconclusive', 'fail'], 11],
    [['skipped'], 20],
    [[], 20],
  ])('%j gives %i', (verdicts, code) => {
    expect(exitCodeOf(verdicts, false)).toBe(code);
  });

  it('an interruption wins', () => {
    expect(exitCodeOf(['fail'], true)).toBe(130);
  });
});
