import { setMaxListeners } from 'node:events';
import { SelectorError } from '../gates/bars.js';
import type { Environment, Result, RunReport, Shard, Size } from '../reports/model.js';
import type { Target } from '../targets/target.js';
import { Plan } from './plan.js';
import type { Keep } from './result.js';
import { standing } from './resume.js';
import { atOnce, isGrid, manyAtOnce, roundsOf, type Scenario, sharesFrom } from './scenario.js';
import { seedFor, shuffled } from './seed.js';
import { lackOf, Stage } from './stage.js';
import type { ResultStore } from './store.js';
import { reportOf } from './suite-report.js';

/** What is to be run. */
export interface SuiteOptions {
  readonly id: string;
  readonly version: string;
  readonly scenarios: readonly Scenario[];
  readonly targets: readonly Target[];
  readonly size: Size;
  readonly seed: number;
  readonly environment: Environment;
  readonly store: Pick<ResultStore, 'append' | 'save'>;
  readonly signal: AbortSignal;
  readonly listener: SuiteListener;
  /** These scenarios are a part of a divided run. */
  readonly shard?: Shard;
  /** An earlier part of this run: what stands of it is not asked again. */
  readonly before?: RunReport;
}

/** One round of one scenario against one target, and how far the run is. */
export interface Slot {
  readonly scenario: string;
  readonly target: string;
  /** How many were over or under way when it began. */
  readonly done: number;
  readonly total: number;
  /** A guess. */
  readonly leftSeconds: number;
}

/** Who wants to know how far it is. */
export interface SuiteListener {
  started(slot: Slot): void;
  /** One scenario on one target is over. */
  judged?(result: Result): void;
}

/**
 * Runs every scenario against every target, the targets taking turns within each round in an order drawn from the
 * seed. What was measured is saved as it comes; an interruption keeps it.
 */
export async function runSuite(options: SuiteOptions): Promise<RunReport> {
  return new Suite(options).run();
}

/** Load average per core from which other work is worth a remark. */
const busyShare = 0.3;

class Suite {
  readonly #options: SuiteOptions;
  readonly #beganMs = Date.now();
  readonly #results: Result[] = [];
  readonly #notes: string[] = [];
  readonly #plan: Plan;
  readonly #together = new Set<string>();
  #underWay = 0;
  #crashed = false;
  #barsWrong = false;

  constructor(options: SuiteOptions) {
    this.#options = options;
    const parts = options.scenarios.map((scenario) => ({
      scenario,
      servers: this.#open(scenario).length,
      atOnce: this.#atOnce(scenario),
      rounds: this.#rounds(scenario),
    }));
    this.#plan = new Plan(parts, options.size);
    const stand = options.scenarios.flatMap((scenario) => this.#standing(scenario)).length;
    if (options.before)
      this.#notes.push(`continued after it had been broken off: ${stand} results are of the part before`);
    const { serverCpu, cores, loadAverage } = options.environment;
    if (loadAverage > cores * busyShare)
      this.#notes.push(
        `the machine was busy when the run began (load ${loadAverage}, ${cores} cores): figures are noisier`,
      );
    if (serverCpu === null)
      this.#notes.push(
        `server and client are not pinned to cores of their own (${cores} core(s)): figures are noisier`,
      );
  }

  async run(): Promise<RunReport> {
    const { scenarios, signal, store } = this.#options;
    setMaxListeners(0, signal); // every wait of every scenario listens to it
    for (const sitting of this.#sittings(scenarios)) {
      if (signal.aborted) break;
      const results = await Promise.all(sitting.map((scenario) => this.#runScenario(scenario, sitting.length > 1)));
      this.#results.push(...results.flat());
      store.save(this.#report());
    }
    const report = this.#report();
    store.save(report);
    return report;
  }

  #rounds(scenario: Scenario): number {
    return roundsOf(scenario, this.#options.size, this.#options.targets.length);
  }

  #atOnce(scenario: Scenario): number {
    return atOnce(scenario, this.#options.size, this.#options.targets.length);
  }

  /**
   * Scenarios that share the time: those that may be asked of many servers at once, and are asked of few. Long ones sit with
   * long ones.
   */
  #sittings(scenarios: readonly Scenario[]): readonly Scenario[][] {
    const { size } = this.#options;
    const shares = (scenario: Scenario): boolean => {
      const servers = this.#open(scenario).length;
      return servers > 0 && servers < manyAtOnce && this.#atOnce(scenario) >= sharesFrom[size];
    };
    const sittings: { room: number; members: Scenario[] }[] = [];
    const byLength = scenarios.filter(shares).sort((a, b) => b.seconds[size] - a.seconds[size]);
    for (const scenario of byLength) {
      const servers = this.#open(scenario).length;
      const into = sittings.find(({ room }) => room >= servers);
      if (into) {
        into.room -= servers;
        into.members.push(scenario);
      } else sittings.push({ room: manyAtOnce - servers, members: [scenario] });
    }
    const alone = scenarios.filter((scenario) => !shares(scenario)).map((scenario) => [scenario]);
    return [...alone, ...sittings.map(({ members }) => members)];
  }

  async #runScenario(scenario: Scenario, beside: boolean): Promise<Result[]> {
    const { size, seed, store, listener } = this.#options;
    const keep: Keep = (record) => store.append(record);
    const asked = this.#asked(scenario);
    const rounds = this.#rounds(scenario);
    const before = this.#standing(scenario);
    const stages = asked
      .filter(({ name }) => !before.some(({ target }) => target === name))
      .map((target) => new Stage(scenario, target, this.#options, keep, rounds));
    const leftOut = stages.filter(({ over }) => over);
    try {
      for (let round = 0; round < rounds; round++) {
        // The long form asks one server at a time, with nobody else on the machine.
        if (size !== 'full' && isGrid(this.#options.targets.length)) await this.#openAll(stages);
        const inOrder = shuffled(stages, seedFor(seed, scenario.name, round)).filter(
          (stage) => !leftOut.includes(stage),
        );
        await this.#playAll(scenario, inOrder, round, beside);
      }
    } finally {
      await Promise.all(stages.map((stage) => stage.leave()));
    }
    const results = stages.map((stage) => {
      const result = this.#finish(stage);
      store.append({ type: 'result', ...result });
      listener.judged?.(result);
      return result;
    });
    return asked.map(({ name }) => [...before, ...results].find(({ target }) => target === name)!);
  }

  /** A start takes a whole core, and servers that wait take none: half of them come up on the client's. */
  async #openAll(stages: readonly Stage[]): Promise<void> {
    const { serverCpu, clientCpu } = this.#options.environment;
    await Promise.all(
      stages.filter(({ over }) => !over).map((stage, i) => stage.open(i % 2 === 0 ? serverCpu : clientCpu)),
    );
  }

  /** One round of all stages, so many at once as the scenario allows: when one is over, the next one begins. */
  async #playAll(scenario: Scenario, stages: readonly Stage[], round: number, others: boolean): Promise<void> {
    const queue = stages.filter(({ over }) => !over);
    for (const { over } of stages) if (over) this.#plan.done(scenario, 0);
    const lanes = Math.min(this.#atOnce(scenario), queue.length);
    const beside = others || lanes > 1;
    if (beside) this.#together.add(scenario.name);
    const lane = async (): Promise<void> => {
      for (let stage = queue.shift(); stage !== undefined; stage = queue.shift()) {
        if (this.#options.signal.aborted) stage.result.fail('interrupted', 'interrupted');
        await this.#play(scenario, stage, round, beside);
        await stage.leave();
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  async #play(scenario: Scenario, stage: Stage, round: number, beside: boolean): Promise<void> {
    if (stage.over) return this.#plan.done(scenario, 0);
    const { finished, total, leftSeconds } = this.#plan;
    const done = finished + this.#underWay++;
    this.#options.listener.started({ scenario: scenario.name, target: stage.target.name, done, total, leftSeconds });
    const asked = await stage.play(round, beside);
    this.#underWay--;
    this.#plan.done(scenario, asked);
  }

  #standing(scenario: Scenario): readonly Result[] {
    return this.#options.before ? standing(this.#options.before, scenario) : [];
  }

  /** Those that can answer it, and have not. */
  #open(scenario: Scenario): readonly Target[] {
    const before = this.#standing(scenario).map(({ target }) => target);
    return this.#asked(scenario).filter((each) => !before.includes(each.name) && lackOf(scenario, each) === null);
  }

  #asked({ servers }: Scenario): readonly Target[] {
    return servers ?? this.#options.targets;
  }

  /** A scenario that contradicts itself costs its own result, not those of the others. */
  #finish({ result }: Stage): Result {
    try {
      const finished = result.finish();
      this.#crashed ||= result.failure?.kind === 'testbed';
      return finished;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const misspelt = error instanceof SelectorError;
      if (misspelt) this.#barsWrong = true;
      else this.#crashed = true;
      result.fail('testbed', misspelt ? message : `the testbed failed: ${message}`);
      return result.finish();
    }
  }

  #report(): RunReport {
    const options = this.#options;
    return reportOf({
      ...options,
      asked: (scenario) => this.#asked(scenario),
      beganMs: this.#beganMs,
      results: this.#results,
      notes: [...this.#notes, ...this.#besideNotes()],
      interrupted: options.signal.aborted,
      fault: this.#crashed ? 'testbed' : this.#barsWrong ? 'bars' : null,
    });
  }

  #besideNotes(): string[] {
    if (this.#together.size === 0) return [];
    const names = [...this.#together].join(', ');
    return [`asked of several servers at once, which the quick size allows: ${names}; their times are upper bounds`];
  }
}
