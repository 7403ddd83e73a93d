import { type MemoryAt, memoryGrowth } from '../measures/growth.js';
import type { ProcessSampler } from '../probes/proc.js';

const everyMs = 1000;
/** Neighbouring samples resemble each other: the slope is found among means of so many parts of the time. */
const parts = 20;

/** Looks at the server once a second. */
export class Watch {
  readonly #memory: MemoryAt[] = [];
  readonly #begun = performance.now();
  readonly #ticker: NodeJS.Timeout;
  cpuPercent = Number.NaN;
  #cpu: { readonly at: number; readonly ns: number };

  constructor(
    readonly sampler: ProcessSampler,
    onTick: () => void,
  ) {
    this.#cpu = { at: performance.now(), ns: sampler.cpuNs() };
    this.#ticker = setInterval(() => {
      this.#look();
      onTick();
    }, everyMs);
  }

  get residentMib(): number {
    return (this.#memory.at(-1)?.bytes ?? Number.NaN) / 2 ** 20;
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  /** MiB in ten minutes, the first `warmUpSeconds` left out: the slope and the lower end of its 95 % interval. */
  growth(warmUpSeconds: number): { readonly slope: number; readonly low: number } {
    const known = this.#memory.filter(({ seconds }) => seconds >= warmUpSeconds);
    const size = Math.max(1, Math.floor(known.length / parts));
    const means: MemoryAt[] = [];
    for (let from = 0; from + size <= known.length; from += size) {
      const part = known.slice(from, from + size);
      const mean = (pick: (point: MemoryAt) => number) => part.reduce((sum, each) => sum + pick(each), 0) / size;
      means.push({ seconds: mean(({ seconds }) => seconds), bytes: mean(({ bytes }) => bytes) });
    }
    return memoryGrowth(means);
  }

  #look(): void {
    const at = performance.now();
    const ns = this.sampler.cpuNs();
    this.cpuPercent = (ns - this.#cpu.ns) / (at - this.#cpu.at) / 1e4;
    this.#cpu = { at, ns };
    this.#memory.push({ seconds: (at - this.#begun) / 1000, bytes: this.sampler.residentBytes() });
  }
}
