import { type CostPair, decideFigures, type Gated, type GatedReport, settled } from '../gates/figures.js';
import { capFor } from '../gates/looks.js';
import { type Build, controlEvery, schedule } from '../gates/schedule.js';
import { lookAt, marginFor } from '../gates/sequential.js';
import type { Environment } from '../reports/model.js';
import { seedFor } from '../runner/seed.js';
import { nodeHttp } from '../targets/node-http.js';
import type { Target } from '../targets/target.js';
import { type Costs, gatedFigures } from './figures.js';
import { counted, type SessionRecord, zero } from './records.js';
import { playSlot, ServerGone, type SlotResult } from './slot.js';
import { controlWork, type Work } from './work.js';

export interface SessionOptions {
  readonly base: Target;
  readonly cand: Target;
  readonly work: Work;
  readonly seed: number;
  /** For the slots; the session may end a slot or two later. */
  readonly budgetMs: number;
  /** Takes exactly so many pairs, whatever they say: to learn how restless the machine is. */
  readonly exactly?: number;
  /** Noise of a slot by figure, where this machine was calibrated: it chooses the margins. */
  readonly noise: Readonly<Record<string, number>>;
  readonly environment: Pick<Environment, 'serverCpu' | 'clientCpu'>;
  readonly signal: AbortSignal;
  /** Takes each slot as it ends, so that nothing that was measured is lost. */
  readonly keep: (record: SessionRecord) => void;
  readonly onSlot: (at: Standing) => void;
}

/** How far a session is. */
export interface Standing {
  readonly pairs: number;
  readonly cap: number;
  readonly leftSeconds: number;
  readonly figures: readonly GatedReport[];
}

export interface Session {
  readonly seed: number;
  /** The most pairs it could have taken in its time; 0: not even the first look fitted. */
  readonly cap: number;
  readonly pairs: readonly CostPair[];
  readonly figures: readonly GatedReport[];
  /** Costs of the control slots. */
  readonly controls: readonly number[];
  readonly wrongAnswers: Readonly<Record<Build, number>>;
  readonly answers: Readonly<Record<Build, number>>;
  readonly cuts: Readonly<Record<Build, number>>;
  readonly unnoticed: Readonly<Record<Build, number>>;
  /** Which build's server did not live through its slot, and how it ended. */
  readonly died: { readonly build: Build; readonly why: string } | null;
  readonly seconds: number;
}

/** Two builds take turns on one machine until the rule has decided, or time is up. */
export async function runSession(options: SessionOptions): Promise<Session> {
  return new Duel(options).run();
}

class Duel {
  readonly #begin = performance.now();
  readonly #pairs: CostPair[] = [];
  readonly #controls: number[] = [];
  readonly #sums = { wrongAnswers: zero(), answers: zero(), cuts: zero(), unnoticed: zero() };
  #gated: readonly Gated[] = [];
  #figures: readonly GatedReport[] = [];
  #cap = 0;
  #died: Died | null = null;
  #slot = 0;

  constructor(readonly options: SessionOptions) {}

  async run(): Promise<Session> {
    try {
      await this.#rehearse();
      if (!this.options.signal.aborted) await this.#duel();
    } catch (error) {
      if (this.options.signal.aborted) return this.#session(); // what broke was broken off
      if (!(error instanceof Died)) throw error;
      this.#died = error;
      this.options.keep({ type: 'died', session: this.options.seed, build: error.build, why: error.why });
    }
    return this.#session();
  }

  /** A slot of each that does not count: do both run, which figures are there, how long does a pair take? */
  async #rehearse(): Promise<void> {
    const base = await this.#play('base');
    const begin = performance.now();
    const cand = await this.#play('cand');
    const slotMs = performance.now() - begin;
    await playSlot(nodeHttp, { ...this.options, work: controlWork });
    const pairMs = 2 * slotMs + (performance.now() - begin - slotMs) / controlEvery;
    if (this.options.signal.aborted) return;
    this.#gated = gatedFigures
      .filter(({ name }) => base.costs[name]! > 0 && cand.costs[name]! > 0)
      .map(({ name, better }) => ({ name, better, margin: marginFor(this.options.noise[name] ?? 0) }));
    this.#figures = decideFigures([], this.#gated, lookAt[0]!);
    this.#cap = this.options.exactly ?? capFor(this.options.budgetMs - (performance.now() - this.#begin), pairMs);
    this.options.keep({ type: 'session', session: this.options.seed, cap: this.#cap, gated: this.#gated });
  }

  async #duel(): Promise<void> {
    const { seed, signal, onSlot, budgetMs } = this.options;
    let first: Costs | null = null;
    for (const slot of schedule(seed, this.#cap)) {
      // A machine that became much slower than it was at the rehearsal: the rest would never end.
      if (signal.aborted || performance.now() - this.#begin > 1.5 * budgetMs) return;
      if (slot.kind === 'control') {
        await this.#control();
        continue;
      }
      const result = await this.#play(slot.build);
      if (signal.aborted) return;
      this.#count(slot.build, result);
      if (first === null) {
        first = result.costs;
        continue;
      }
      const [base, cand]: [Costs, Costs] = slot.build === 'cand' ? [first, result.costs] : [result.costs, first];
      this.#pairs.push({ base, cand });
      first = null;
      if (this.#pairs.length % 2 === 0) this.#figures = decideFigures(this.#pairs, this.#gated, this.#cap);
      onSlot(this.#standing());
      if (this.options.exactly === undefined && settled(this.#figures)) return;
    }
  }

  /** @throws Died */
  async #play(build: Build): Promise<SlotResult> {
    const { work, environment, signal } = this.options;
    const seed = seedFor(this.options.seed, 'slot', this.#slot++);
    try {
      return await playSlot(this.options[build], { work, seed, environment, signal });
    } catch (error) {
      if (error instanceof ServerGone && !signal.aborted) throw new Died(build, error.message);
      throw error;
    }
  }

  #count(build: Build, result: SlotResult): void {
    this.options.keep({ type: 'slot', session: this.options.seed, build, pair: this.#pairs.length, ...result });
    for (const name of counted) this.#sums[name][build] += result[name];
  }

  async #control(): Promise<void> {
    const { environment, signal, keep } = this.options;
    const seed = seedFor(this.options.seed, 'control', this.#controls.length);
    const { costs } = await playSlot(nodeHttp, { work: controlWork, seed, environment, signal });
    const cost = costs.cpu_us_per_request ?? Number.NaN;
    if (signal.aborted || !(cost > 0)) return;
    this.#controls.push(cost);
    keep({ type: 'control', session: this.options.seed, cost });
  }

  #standing(): Standing {
    const seconds = (performance.now() - this.#begin) / 1000;
    const { length: pairs } = this.#pairs;
    return {
      pairs,
      cap: this.#cap,
      leftSeconds: (seconds / (pairs + 1)) * (this.#cap - pairs),
      figures: this.#figures,
    };
  }

  #session(): Session {
    return {
      seed: this.options.seed,
      cap: this.#cap,
      pairs: this.#pairs,
      figures: this.#figures,
      controls: this.#controls,
      ...this.#sums,
      died: this.#died === null ? null : { build: this.#died.build, why: this.#died.why },
      seconds: (performance.now() - this.#begin) / 1000,
    };
  }
}

class Died extends Error {
  constructor(
    readonly build: Build,
    readonly why: string,
  ) {
    super(why);
  }
}
