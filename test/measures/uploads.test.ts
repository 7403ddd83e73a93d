import { expect, it } from 'vitest';
import { brokenTakenForWhole, wholeNotTaken } from '../../src/measures/uploads.js';
import type { InputEnd, ProbeEvent } from '../../src/probes/event.js';
import { cut } from '../support/cuts.js';

const input = (tag: string, state: InputEnd, bytes: number): ProbeEvent => ({
  event: 'input',
  t: 1,
  tag,
  state,
  bytes,
});

it('a broken upload is not to look whole', () => {
  const events = [
    input('eof', 'eof', 50),
    input('broken', 'broken', 50),
    input('too', 'broken', 9),
    input('late', 'timed-out', 50),
  ];
  const samples = ['eof', 'broken', 'too', 'late', 'unread'].map((tag) => cut(tag, 5));
  expect(brokenTakenForWhole(samples, events)).toEqual({ wrong: 1, of: 5 });
  expect(brokenTakenForWhole([cut('eof', 5, { ok: false })], events)).toEqual({ wrong: 0, of: 0 });
});

it('a whole upload is to arrive whole, to a clean end', () => {
  const events = [input('good', 'eof', 100), input('short', 'eof', 99), input('cut', 'broken', 100)];
  const samples = ['good', 'short', 'cut', 'never'].map((tag) => cut(tag, 5));
  expect(wholeNotTaken(samples, events, 100)).toEqual({ wrong: 3, of: 4 });
});
