/** A sequence of numbers in [0, 1) that follows from its seed alone. */
export type Random = () => number;

/**
 * sfc32 (Doty-Humphrey, *PractRand*), its state filled by splitmix32: small, fast, and good enough for millions of virtual gates.
 *
 * @param seed a whole number from 0 up to 2^53
 */
export function randomFrom(seed: number): Random {
  const next = splitmix(seed);
  let [a, b, c, counter] = [next(), next(), next(), 1];
  const step = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) step();
  return () => step() / 2 ** 32;
}

function splitmix(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

/** Pairs of the polar method: normal noise of mean 0 and deviation 1. */
export function normals(random: Random): Random {
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    for (;;) {
      const u = 2 * random() - 1;
      const v = 2 * random() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = v * factor;
      return u * factor;
    }
  };
}
