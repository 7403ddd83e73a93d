import { expect, it } from 'vitest';
import { notices } from '../../src/measures/notice.js';
import { closed, cut, gone } from '../support/cuts.js';

it('takes the time from the cut to the application, and to the release', () => {
  const found = notices(
    [cut('a', 10), cut('b', 20)],
    [gone('a', 10.5), closed('a', 12), gone('b', 21), closed('b', 21)],
  );
  expect(found).toMatchObject({ cuts: 2, unnoticed: 0, early: 0, reasons: { 'client-fin': 2 } });
  expect(found.noticeMs).toEqual([0.5, 1]);
  expect(found.releaseMs).toEqual([2, 1]);
});

it('counts a cut without a receipt as excluded, and for nothing else', () => {
  const samples = [cut('a', 10, { ok: false, reason: 'response-ended-first' }), cut('b', null)];
  const found = notices(samples, [gone('a', 11), gone('b', 11)]);
  expect(found.excluded).toEqual({ 'response-ended-first': 1, 'no receipt': 1 });
  expect(found).toMatchObject({ cuts: 0, noticeMs: [], reasons: {} });
});

it('counts a cut that nobody was told of', () => {
  expect(notices([cut('a', 10)], [gone('other', 11)])).toMatchObject({ cuts: 1, unnoticed: 1, noticeMs: [] });
});

it('does not take being told before the cut for a fast notice', () => {
  expect(notices([cut('a', 10)], [gone('a', 9)])).toMatchObject({ cuts: 1, early: 1, noticeMs: [] });
});

it('goes by the first time that the application was told', () => {
  expect(notices([cut('a', 10)], [gone('a', 11), gone('a', 50)]).noticeMs).toEqual([1]);
});

it('does not count what the reset at the end of a held client told', () => {
  const held = { ...cut('a', 10), action: 'vanish', outcome: 'held', endNs: 500e6 } as const;
  expect(notices([held], [gone('a', 501)])).toMatchObject({ cuts: 1, unnoticed: 1, noticeMs: [] });
  expect(notices([held], [gone('a', 300)])).toMatchObject({ cuts: 1, unnoticed: 0, noticeMs: [290] });
});

it('excludes a reset that took its request with it, and no other cut', () => {
  const begun = { event: 'request', t: 1, tag: 'b' } as const;
  const lost = { ...cut('a', 10), action: 'rst' } as const;
  expect(notices([lost, cut('c', 10)], [begun])).toMatchObject({
    cuts: 1,
    unnoticed: 1,
    excluded: { 'never-begun': 1 },
  });
  expect(notices([lost], []), 'of a target that tells of no request').toMatchObject({ cuts: 1, unnoticed: 1 });
});
