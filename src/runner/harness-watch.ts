import { PerformanceObserver } from 'node:perf_hooks';
import type { Harness } from '../reports/model.js';

/** Watches from its making what the testbed's own process does beside measuring: its CPU time and its collector. */
export class HarnessWatch {
  readonly #begin = process.cpuUsage();
  readonly #pauses: number[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#take(list));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Ends the watching. */
  done(): Harness {
    const { user, system } = process.cpuUsage(this.#begin);
    this.#take({ getEntries: () => this.#observer.takeRecords() });
    this.#observer.disconnect();
    return {
      cpuMs: rounded((user + system) / 1000),
      collections: this.#pauses.length,
      collectionMs: rounded(this.#pauses.reduce((sum, ms) => sum + ms, 0)),
      longestCollectionMs: rounded(Math.max(0, ...this.#pauses)),
    };
  }

  #take(list: { getEntries(): readonly { readonly duration: number }[] }): void {
    for (const { duration } of list.getEntries()) this.#pauses.push(duration);
  }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

/** What several rounds add up to. */
export function bothHarnesses(a: Harness, b: Harness): Harness {
  return {
    cpuMs: rounded(a.cpuMs + b.cpuMs),
    collections: a.collections + b.collections,
    collectionMs: rounded(a.collectionMs + b.collectionMs),
    longestCollectionMs: Math.max(a.longestCollectionMs, b.longestCollectionMs),
  };
}
