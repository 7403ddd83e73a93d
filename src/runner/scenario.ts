import { type Bar, BarError, parseBar } from '../gates/bars.js';
import type { Measure } from '../measures/measure.js';
import type { Size } from '../reports/model.js';
import type { DeadlineName, Target } from '../targets/target.js';
import type { ScenarioContext } from './context.js';

/** A figure for each size of a run. */
export type BySize<T> = Readonly<Record<Size, T>>;

/** How often a scenario is played. `grid`: in a default run of many servers, if not as often as in any other. */
export type Rounds = BySize<number> & { readonly grid?: number };

/** Of scenarios that are soon over. A median moves by some percent from one start of a server to the next: rounds tell by how much. */
export const shortRounds: Rounds = { quick: 1, default: 3, full: 5 };

/** The same for those whose bars are on counts and limits: in a grid all is asked of one start. */
export const onceInGrid: Rounds = { ...shortRounds, grid: 1 };

/**
 * What a target must have for the scenario to mean something; without it the scenario is skipped, with the reason.
 *
 * - `probe`: it tells what happens inside
 * - `application`: it serves the testbed's application, not one page of its own
 * - `backoff`: it declares a schedule for empty chunks
 * - `process`: its process can be watched
 * - `workers`: it can be started as several processes
 * - a deadline: it can be started with it
 */
export type Need = 'probe' | 'application' | 'backoff' | 'process' | 'workers' | DeadlineName;

/** A question to a server, and how to find the answer. One file under `scenarios/`, which starts with the question. */
export interface Scenario {
  readonly name: string;
  /** `throughput`, `slow-reader`, `dropped-client`, `empty-yield`…: orders the report. */
  readonly group: string;
  /** One sentence, shown in the report. */
  readonly question: string;
  readonly needs: readonly Need[];
  /** Every measure that `run` may record. */
  readonly measures: readonly Measure[];
  /** Thresholds on them, as text (`docs/adding.md`). */
  readonly bars: readonly string[];
  /** Takes long or answers a question of its own: `bench` runs it only with `--full`, or when it is named. */
  readonly onDemand?: true;
  /** It is about these servers of its own, whichever were chosen; `bench` leaves it out. */
  readonly servers?: readonly Target[];
  /**
   * `run` is called so often for each target, the targets in turn, each time with a server that has just been started: what
   * differs from one start to the next is in the intervals from three rounds up. Default 1.
   */
  readonly rounds?: Rounds;
  /**
   * In a grid, a run of many servers, it is asked of so many at once: in the quick size, and from 8 on in the default one,
   * too. For those that wait more than they work: what the others do on its cores counts as foreign there, so a bar on a
   * `timed` measure rather becomes inconclusive. Default 1.
   */
  readonly together?: number;
  /** About how long one round takes, for the time left; as many at once as it allows. */
  readonly seconds: BySize<number>;
  /** One round against one running target. */
  run(context: ScenarioContext): Promise<void>;
}

/**
 * Checks a scenario and gives it back: the default export of its file.
 *
 * @throws TypeError or BarError when it contradicts itself
 */
export function defineScenario(scenario: Scenario): Scenario {
  if (!/^[a-z][a-z0-9-]*$/.test(scenario.name)) throw new TypeError(`not a scenario's name: ${scenario.name}`);
  const { together = 1 } = scenario;
  if (!Number.isInteger(together) || together < 1)
    throw new TypeError(`scenario ${scenario.name}: together takes a whole number from 1 up, got ${together}`);
  for (const text of scenario.bars) checkBar(scenario, parseBar(text));
  return scenario;
}

function checkBar({ name, measures }: Scenario, bar: Bar): void {
  const known = measures.map((measure) => measure.name);
  if (!known.includes(bar.measure))
    throw new BarError(
      `scenario ${name}, bar ${JSON.stringify(bar.text)}: unknown measure; it has ${known.join(', ')}`,
    );
}

/** A run of so many servers is a grid: its time matters, and its first reader looks for differences that are large. */
const gridFrom = 4;
/** Scenarios that may be asked of so many servers at once do nothing but wait. */
export const manyAtOnce = 8;
/** Those that may be asked of so many at once, and are asked of few, share their time with others. */
export const sharesFrom: BySize<number> = { quick: 4, default: manyAtOnce, full: manyAtOnce };

export const isGrid = (servers: number): boolean => servers >= gridFrom;

/** Of so many servers at once it is asked in a run of this size and of so many servers. */
export function atOnce({ together = 1 }: Scenario, size: Size, servers: number): number {
  if (!isGrid(servers) || size === 'full') return 1;
  return size === 'quick' || together >= manyAtOnce ? together : 1;
}

/** How often it is played against each of so many servers. */
export function roundsOf({ rounds }: Scenario, size: Size, servers: number): number {
  if (rounds === undefined) return 1;
  return size === 'default' && isGrid(servers) ? (rounds.grid ?? rounds.default) : rounds[size];
}

/** @returns why `scenario` cannot be asked of `target`, or null */
export function lacking({ needs }: Scenario, target: Target): string | null {
  if (needs.includes('probe') && !target.probe) return 'the target has no probe: what happens inside cannot be seen';
  if (needs.includes('application') && !target.application)
    return 'the target does not serve the testbed’s application';
  if (needs.includes('backoff') && !target.backoff) return 'the target declares no back-off schedule';
  if (needs.includes('workers') && !target.workers) return 'the target is one process: it has no workers to lose';
  const deadlines = needs.filter((need): need is DeadlineName => need.endsWith('Ms'));
  const lacks = deadlines.filter((name) => !target.deadlines?.includes(name));
  return lacks.length > 0 ? `the target cannot be given ${lacks.join(', ')}` : null;
}
