import { describe, expect, it } from 'vitest';
import { normals, randomFrom } from '../../src/gates/random.js';
import { schedule } from '../../src/gates/schedule.js';

const letters = (seed: number, pairs: number, every?: number) =>
  schedule(seed, pairs, every)
    .map((slot) => (slot.kind === 'control' ? 'C' : slot.build === 'base' ? 'A' : 'B'))
    .join('');

describe('the order of slots', () => {
  it('mirrors every second pair', () => {
    const order = letters(1, 64).replaceAll('C', '');
    const blocks = order.match(/.{4}/g)!;
    expect(blocks).toHaveLength(32);
    expect(blocks.every((block) => block === 'ABBA' || block === 'BAAB')).toBe(true);
  });

  it('follows from the seed, and tosses a fair coin', () => {
    expect(letters(7, 32)).toBe(letters(7, 32));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => letters(seed, 32))).size).toBe(20);
    const first = Array.from({ length: 2000 }, (_, seed) => letters(seed, 2)).filter((order) => order === 'CABBA');
    expect(first.length).toBeGreaterThan(880);
    expect(first.length).toBeLessThan(1120);
  });

  it('begins with a control and puts one before every few pairs', () => {
    expect(letters(1, 8, 2)).toMatch(/^C....C....C....C....$/);
    expect(letters(1, 6, 4)).toMatch(/^C.{8}C.{4}$/);
  });
});

describe('random numbers', () => {
  it('are uniform, and differ between neighbouring seeds', () => {
    const random = randomFrom(42);
    const numbers = Array.from({ length: 20_000 }, random);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(new Set([0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((seed) => randomFrom(seed)())).size).toBe(6);
  });

  it('normal ones have mean 0 and deviation 1', () => {
    const normal = normals(randomFrom(3));
    const numbers = Array.from({ length: 20_000 }, normal);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const square = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(square - 1)).toBeLessThan(0.05);
  });
});
