import { describe, expect, it } from 'vitest';
import { type Asked, checkProbe } from '../../src/probes/check.js';
import type { ProbeEvent } from '../../src/probes/event.js';

const at = (ms: number) => ms * 1e6;
const asked = (given: Partial<Asked> = {}): Asked => ({
  tag: 'a',
  startNs: at(10),
  firstByteNs: at(12),
  cutNs: null,
  complete: false,
  outcome: 'cut',
  ...given,
});
const event = (name: string, ms: number, given: object = {}) =>
  ({ event: name, t: at(ms), tag: 'a', ...given }) as ProbeEvent;
const request = event('request', 11);
const whole = asked({ complete: true, outcome: 'complete' });
const left = asked({ cutNs: at(20) });
const gone = event('gone', 21, { reason: 'fin' });
const closed = event('closed', 22);

const brokenRules = (who: Asked[], events: ProbeEvent[], rejected = 0) =>
  checkProbe(who, events, { count: rejected, example: null })
    .filter(({ wrong }) => wrong > 0)
    .map(({ rule }) => rule);

describe('a probe that keeps the contract', () => {
  it.each([
    ['a whole response', [whole], [request, event('end', 15), closed]],
    ['a client that left', [left], [request, gone, closed]],
    ['a pull of all bodies', [], [event('pull', 5, { tag: '*', pulls: 7 })]],
    ['a client that got no answer', [asked({ firstByteNs: null })], [event('clock', 1)]],
  ])('%s', (_, who, events) => expect(brokenRules(who, events)).toEqual([]));
});

describe('a probe that does not', () => {
  it.each<[string, Asked[], ProbeEvent[]]>([
    ['tells', [], []],
    ['requests', [asked()], [event('clock', 1)]],
    ['requests', [asked()], [request, request]],
    ['untagged', [], [event('request', 11, { tag: '' })]],
    ['clock', [asked()], [event('request', 9)]],
    ['ends', [whole], [request, closed]],
    ['ends', [whole], [request, event('end', 15)]],
    ['ends', [whole], [request, event('end', 15), closed, gone]],
    ['gone', [left], [request, closed]],
    ['gone', [left], [request, event('gone', 19, { reason: 'x' }), closed]],
    ['gone', [left], [request, gone, gone, closed]],
    ['closed', [left], [request, gone]],
    ['closed', [left], [request, gone, closed, closed]],
    ['closed', [left], [request, gone, event('closed', 20.5)]],
    ['pulls', [asked()], [request, event('pull', 12, { pulls: 2 })]],
  ])('breaks %s', (rule, who, events) => expect(brokenRules(who, events)).toEqual([rule]));

  it('has lines that are no events', () => {
    expect(brokenRules([left], [request, gone, closed], 3)).toEqual(['lines']);
  });
});

it('says what it had nothing to judge by', () => {
  const found = checkProbe([], [{ event: 'clock', t: at(1) }], { count: 0, example: null });
  expect(found.filter(({ of }) => of === 0).map(({ rule }) => rule)).toEqual([
    'requests',
    'untagged',
    'clock',
    'ends',
    'gone',
    'closed',
    'pulls',
  ]);
});
