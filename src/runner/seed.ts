import { createHash } from 'node:crypto';

/** A seed of its own for each part of a run: an integer in [0, 2^48), the same for the same parts. */
export function seedFor(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6);
}

/** The same elements in an order that follows from the seed. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  return list
    .map((element, index) => ({ element, key: seedFor(seed, index) }))
    .sort((a, b) => a.key - b.key)
    .map(({ element }) => element);
}
