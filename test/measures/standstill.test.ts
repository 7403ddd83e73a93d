import { describe, expect, it } from 'vitest';
import { type Standing, Standstill } from '../../src/measures/standstill.js';

const policy = { quietMs: 300, askingMs: 1000, stuckMs: 2000 };

/** One point each 100 ms: begun, pulls, queued, CPU milliseconds. */
function standings(readers: number, points: readonly (readonly [number, number, number, number?])[]): Standing[] {
  const standstill = new Standstill(readers, policy);
  return points.map(([begun, pulls, queued, cpuMs = 0], i) =>
    standstill.see({ ms: i * 100, begun, pulls, queued, cpuMs }),
  );
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('Standstill', () => {
  it('is settled when everything has rested for a while', () => {
    expect(standings(10, [[5, 50, 500], [10, 100, 1000], ...times(3, () => [10, 100, 1000] as const)])).toEqual([
      ...times(4, () => 'moving'),
      'settled',
    ]);
  });

  it('waits for those that have not begun, however quiet it is, and gives up on them in the end', () => {
    const seen = standings(
      10,
      times(21, () => [9, 90, 900] as const),
    );
    expect(seen.slice(0, 20).every((each) => each === 'moving')).toBe(true);
    expect(seen[20]).toBe('stuck');
  });

  it('begins anew with each that begins', () => {
    const seen = standings(10, [...times(15, () => [9, 90, 900] as const), ...times(4, () => [10, 90, 900] as const)]);
    expect(seen.slice(0, 18).every((each) => each === 'moving')).toBe(true);
    expect(seen[18]).toBe('settled');
  });

  it('is moving as long as the kernel takes bytes, though nobody asks', () => {
    const seen = standings(
      10,
      times(30, (i) => [10, 100, 1000 + i] as const),
    );
    expect(seen.every((each) => each === 'moving')).toBe(true);
  });

  it('is moving as long as the server works, though nothing of it is seen yet', () => {
    const of = (share: number): Standing[] =>
      standings(
        10,
        times(6, (i) => [10, 100, 1000, i * 100 * share] as const),
      );
    expect(of(0.25).every((each) => each === 'moving')).toBe(true);
    expect(of(0.05).at(-1)).toBe('settled');
  });

  it('tells a server that asks on although the kernel takes nothing more', () => {
    const seen = standings(
      10,
      times(11, (i) => [10, 100 + i, 1000] as const),
    );
    expect(seen.slice(0, 10).every((each) => each === 'moving')).toBe(true);
    expect(seen[10]).toBe('asking');
  });

  it('believes nobody to ask on for ever where the queues cannot be seen', () => {
    const seen = standings(
      10,
      times(40, (i) => [10, 100 + i, Number.NaN] as const),
    );
    expect(seen.every((each) => each === 'moving')).toBe(true);
  });

  it('is settled where the queues cannot be seen, when the asking rests', () => {
    expect(
      standings(
        10,
        times(4, () => [10, 100, Number.NaN] as const),
      )[3],
    ).toBe('settled');
  });
});
