/** A seeded source of decisions: the same seed makes the same decisions on every machine. */
export class Random {
  #state;

  /** @param {number} seed any integer */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** An integer in [0, 2^32). */
  next() {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 16), 0x7feb352d);
    value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
    return (value ^ (value >>> 16)) >>> 0;
  }

  /** An integer in [0, end); 0 when `end` is 0. */
  below(end) {
    return end > 0 ? this.next() % end : 0;
  }

  /** True once in `times`, on average. */
  chance(times) {
    return this.below(times) === 0;
  }

  /** One of them. */
  pick(list) {
    return list[this.below(list.length)];
  }
}
