import { describe, expect, it } from 'vitest';
import { clockOffset } from '../../src/probes/clock.js';

describe('the offset of a clock', () => {
  it('is what all moments allow', () => {
    const found = clockOffset([
      { fromNs: 1000, untilNs: 1400, t: 100 },
      { fromNs: 2100, untilNs: 2300, t: 1200 },
    ]);
    expect(found).toEqual({ offsetNs: 1000, uncertaintyNs: 100 });
  });

  it('is none when they contradict each other', () => {
    const apart = [
      { fromNs: 1000, untilNs: 1100, t: 0 },
      { fromNs: 2000, untilNs: 2100, t: 500 },
    ];
    expect(clockOffset(apart)).toBeNull();
    expect(clockOffset([])).toBeNull();
  });
});
