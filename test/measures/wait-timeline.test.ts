import { expect, it } from 'vitest';
import { waitsInOrder } from '../../src/measures/wait-timeline.js';
import type { ProbeEvent } from '../../src/probes/event.js';

const pull = (tag: string, ms: number): ProbeEvent => ({ event: 'pull', t: ms * 1e6, tag, pulls: 1 });

it('waits are told apart by their place in the row, body by body', () => {
  const events = [pull('a', 0), pull('b', 10), pull('*', 11), pull('a', 1), pull('b', 12), pull('a', 3), pull('c', 50)];
  expect(waitsInOrder(events)).toEqual([[1, 2], [2]]);
});

it('a row without end is cut off', () => {
  const events = Array.from({ length: 100 }, (_, i) => pull('a', i));
  expect(waitsInOrder(events)).toHaveLength(24);
});

it('no events are no waits', () => {
  expect(waitsInOrder([])).toEqual([]);
});
