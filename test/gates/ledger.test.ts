import { describe, expect, it } from 'vitest';
import { gatesToPlay, type LedgerEntry, readLedger } from '../../src/gates/ledger.js';

const times = (count: number, slowdown: number, verdict: LedgerEntry['verdict']): LedgerEntry[] =>
  Array.from({ length: count }, () => ({ slowdown, verdict }));

describe('the ledger of the live self-test', () => {
  it('counts by the slowdown that was put in, restless runs apart', () => {
    const entries = [...times(3, 0.2, 'fail'), ...times(1, 0.2, 'invalid'), ...times(2, 0, 'pass')];
    expect(readLedger(entries)).toMatchObject([
      { slowdown: 0, gates: 2, pass: 2, fail: 0, invalid: 0 },
      { slowdown: 0.2, gates: 3, pass: 0, fail: 3, invalid: 1 },
    ]);
  });

  it.each<[string, string, LedgerEntry[]]>([
    ['three false alarms in ten', 'broken', [...times(3, 0, 'fail'), ...times(7, 0, 'pass')]],
    ['one in ten may be chance', 'open', [...times(1, 0, 'fail'), ...times(9, 0, 'pass')]],
    ['none in ten proves nothing', 'open', times(10, 0, 'pass')],
    ['none in 300 does', 'proved', times(300, 0, 'pass')],
    ['five missed of ten', 'broken', [...times(5, 0.1, 'fail'), ...times(5, 0.1, 'pass')]],
    ['undecided is not caught', 'broken', [...times(5, 0.1, 'fail'), ...times(5, 0.1, 'inconclusive')]],
    ['ten of ten caught', 'open', times(10, 0.1, 'fail')],
    ['sixty of sixty caught', 'proved', times(60, 0.1, 'fail')],
    ['a slowdown of the margin is only counted', 'counted', times(10, 0.05, 'pass')],
  ])('%s: %s', (_, verdict, entries) => {
    expect(readLedger(entries)[0]!.verdict).toBe(verdict);
  });
});

describe('what is to be played', () => {
  const plan = { same: 3, slower: 1, slowdowns: [0.1, 0.2] };
  const short = (places: readonly { slowdown: number; number: number }[]) =>
    places.map(({ slowdown, number }) => `${slowdown}#${number}`);

  it('takes the kinds in turn', () => {
    expect(short(gatesToPlay(plan, []))).toEqual(['0#0', '0.1#0', '0.2#0', '0#1', '0#2']);
    expect(short(gatesToPlay({ ...plan, same: 0 }, []))).toEqual(['0.1#0', '0.2#0']);
  });

  it('is what has not been played', () => {
    const played = [
      { slowdown: 0, number: 0 },
      { slowdown: 0.2, number: 0 },
    ];
    expect(short(gatesToPlay(plan, played))).toEqual(['0.1#0', '0#1', '0#2']);
    expect(gatesToPlay(plan, gatesToPlay(plan, []))).toEqual([]);
  });
});
