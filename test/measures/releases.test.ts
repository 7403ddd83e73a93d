import { expect, it } from 'vitest';
import { begunAfterCut, releases } from '../../src/measures/releases.js';
import type { ProbeEvent } from '../../src/probes/event.js';
import { closed, cut } from '../support/cuts.js';

const request = (tag: string, ms: number): ProbeEvent => ({ event: 'request', t: ms * 1e6, tag });

it('a body is to be released once: never and twice are both wrong', () => {
  const events = [
    ...['once', 'never', 'twice', 'other'].map((tag) => request(tag, 1)),
    closed('once', 9),
    closed('twice', 9),
    closed('twice', 10),
  ];
  const samples = ['once', 'never', 'twice', 'unknown'].map((tag) => cut(tag, 5));
  expect(releases(samples, events)).toEqual({ wrong: 2, of: 3 });
});

it('each of several bodies of one client is to be released', () => {
  const begun = [request('a', 1), request('a', 2)];
  expect(releases([cut('a', 5)], [...begun, closed('a', 6)])).toEqual({ wrong: 1, of: 1 });
  expect(releases([cut('a', 5)], [...begun, closed('a', 6), closed('a', 7)])).toEqual({ wrong: 0, of: 1 });
});

it('a queued request may be begun before its client left, and not after', () => {
  const events = [request('a', 1), request('a', 4), request('b', 1), request('b', 6), request('c', 9)];
  const samples = [cut('a', 5), cut('b', 5), cut('c', 5, { ok: false })];
  expect(begunAfterCut(samples, events)).toEqual({ wrong: 1, of: 2 });
});
