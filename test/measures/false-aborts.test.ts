import { describe, expect, it } from 'vitest';
import { droppedBefore, falselyAborted } from '../../src/measures/false-aborts.js';
import { closed, cut, gone, halfClosed } from '../support/cuts.js';

it('finds nothing wrong with clients that got their answer and were left alone', () => {
  expect(falselyAborted([cut('a', 1), cut('b', 1)], [closed('a', 2)])).toMatchObject({ count: 0, of: 2, causes: {} });
});

it.each(['peer-fin', 'peer-reset', 'timeout'] as const)(
  'counts a half-closed reader whose answer ended by %s',
  (how) => {
    expect(falselyAborted([halfClosed('a', 1, how)], [])).toMatchObject({ count: 1, of: 1, causes: { [how]: 1 } });
  },
);

it('counts an answer that was cut off, and an application that was told its client is gone', () => {
  const samples = [
    halfClosed('a', 1, 'peer-fin', { reason: 'body-cut-off' }),
    halfClosed('b', 1, 'complete'),
    cut('c', 1),
  ];
  const found = falselyAborted(samples, [gone('b', 2)]);
  expect(found).toMatchObject({ count: 2, of: 3 });
  expect(found.causes).toEqual({ 'body-cut-off': 1, 'application was told client-fin': 1 });
});

it('counts a client once, however it was wronged', () => {
  expect(falselyAborted([halfClosed('a', 1, 'peer-reset')], [gone('a', 2)])).toMatchObject({ count: 1, of: 1 });
});

it('excludes a step that did not take place', () => {
  const found = falselyAborted([cut('a', null, { ok: false, reason: 'connect-failed' })], []);
  expect(found).toMatchObject({ count: 0, of: 0, excluded: { 'connect-failed': 1 } });
});

describe('clients that are slow, or quiet, and there', () => {
  it('are robbed when the server ends them', () => {
    const slow = { ...halfClosed('a', 10, 'peer-reset'), action: 'slow-read' } as const;
    expect(falselyAborted([slow], [])).toMatchObject({ count: 1, of: 1, causes: { 'peer-reset': 1 } });
  });

  it('have left in truth when their time was over', () => {
    const held = { ...halfClosed('a', 10, 'held'), action: 'slow-read', endNs: 50e6 } as const;
    expect(falselyAborted([held], [gone('a', 51)])).toMatchObject({ count: 0, of: 1 });
    expect(falselyAborted([held], [gone('a', 40)])).toMatchObject({ count: 1, of: 1 });
  });

  it('are dropped when the server ends them, or tells of it, before they leave', () => {
    const samples = [
      cut('left', 10),
      cut('told', 10),
      cut('closed', null, { ok: false, reason: 'peer-closed-first' }),
      cut('late', null, { ok: false, reason: 'run-ended-first' }),
    ];
    expect(droppedBefore(samples, [gone('left', 11), gone('told', 9)])).toEqual({
      count: 2,
      of: 3,
      causes: { 'application was told first': 1, 'peer-closed-first': 1 },
      excluded: { 'run-ended-first': 1 },
    });
  });
});
