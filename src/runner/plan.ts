import type { Size } from '../reports/model.js';
import type { Scenario } from './scenario.js';

/** So many seconds must go by until what was seen counts as much as what was declared. */
const trustSeconds = 10;

/**
 * How far a run is, and how long it will take: what the scenarios declare, corrected by how the declared time has
 * compared with the time they took so far.
 */
export class Plan {
  readonly total: number;
  readonly #lanes = new Map<Scenario, number>();
  #declaredLeft: number;
  #done = 0;
  #declaredDone = 0;
  #tookSeconds = 0;

  /** @param asked how many servers will really be asked each question: what is left out from the start takes no time */
  constructor(
    asked: readonly {
      readonly scenario: Scenario;
      readonly servers: number;
      readonly atOnce: number;
      readonly rounds: number;
    }[],
    readonly size: Size,
  ) {
    const slots = asked.map(({ servers, rounds }) => rounds * servers);
    this.total = slots.reduce((sum, slot) => sum + slot, 0);
    for (const { scenario, servers, atOnce } of asked) this.#lanes.set(scenario, lanes(servers, atOnce));
    this.#declaredLeft = asked.reduce((sum, { scenario }, i) => sum + slots[i]! * this.#declared(scenario), 0);
  }

  /** A slot is over; 0 seconds for one that was left out after all. */
  done(scenario: Scenario, took: number): void {
    this.#done++;
    this.#declaredLeft -= this.#declared(scenario);
    if (took === 0) return;
    this.#declaredDone += this.#declared(scenario);
    this.#tookSeconds += took / (this.#lanes.get(scenario) ?? 1);
  }

  /** What a slot adds to the run: those of a batch share its time. */
  #declared(scenario: Scenario): number {
    return scenario.seconds[this.size] / (this.#lanes.get(scenario) ?? 1);
  }

  get finished(): number {
    return this.#done;
  }

  /** Seconds left, a guess. */
  get leftSeconds(): number {
    const pace = (this.#tookSeconds + trustSeconds) / (this.#declaredDone + trustSeconds);
    return Math.max(0, this.#declaredLeft * pace);
  }
}

/** How many go on at once on average: three servers, two at a time, are two batches. */
const lanes = (servers: number, most: number): number => (servers === 0 ? 1 : servers / Math.ceil(servers / most));
