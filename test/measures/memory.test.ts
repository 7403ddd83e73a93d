import { describe, expect, it } from 'vitest';
import { bytesPerReader } from '../../src/measures/memory.js';

describe('bytes per reader', () => {
  it('is the slope: what the server costs anyway does not count', () => {
    const points = [100, 300, 500].map((readers) => ({ readers, bytes: 50e6 + 8192 * readers }));
    expect(bytesPerReader(points)).toBeCloseTo(8192);
  });

  it('averages out what is off the line', () => {
    const bytes = [1000, 3300, 4700, 7000];
    const points = [1, 2, 3, 4].map((readers, i) => ({ readers, bytes: bytes[i]! }));
    expect(bytesPerReader(points)).toBeCloseTo(1940);
  });

  it.each([
    ['one point', [{ readers: 1, bytes: 1 }]],
    ['one reader count', [1, 2].map((bytes) => ({ readers: 7, bytes }))],
    ['an unknown point', [1, Number.NaN, 3].map((bytes, readers) => ({ readers, bytes }))],
  ])('is not known from %s', (_name, points) => {
    expect(bytesPerReader(points)).toBeNaN();
  });
});
