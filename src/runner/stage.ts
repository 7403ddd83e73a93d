import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessSampler } from '../probes/proc.js';
import type { Environment, Result, Size } from '../reports/model.js';
import { startNullServer } from '../targets/null-server.js';
import type { RunningTarget, StartOptions, Target } from '../targets/target.js';
import { type Policy, ScenarioContext, Skipped } from './context.js';
import { CoreWatch } from './core-watch.js';
import { HarnessWatch } from './harness-watch.js';
import { ownScenarios } from './load.js';
import { type Keep, ResultBuilder } from './result.js';
import { lacking, roundsOf, type Scenario } from './scenario.js';
import { seedFor } from './seed.js';

/** Why the target cannot be asked at all, as far as that is known before it is started. */
export const lackOf = (scenario: Scenario, target: Target): string | null =>
  target.unavailable() ?? lacking(scenario, target);

/** What all stages of a run have in common. */
export interface StageOptions {
  readonly size: Size;
  readonly seed: number;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** One scenario on one target, with a server of its own for each round. */
export class Stage {
  readonly result: ResultBuilder;
  #server: RunningTarget | null = null;
  #pastCpuNs = 0;
  #directories: string[] = [];
  readonly #kept = new Map<string, number>();

  constructor(
    readonly scenario: Scenario,
    readonly target: Target,
    readonly options: StageOptions,
    readonly keep: Keep,
    readonly rounds = roundsOf(scenario, options.size, 1),
  ) {
    this.result = new ResultBuilder(scenario, target, keep);
    const lack = lackOf(scenario, target);
    if (lack !== null) this.result.fail('skipped', lack);
  }

  /** Nothing more can come of it. */
  get over(): boolean {
    return this.result.failure !== null;
  }

  /**
   * Starts the server, so that its start disturbs nobody who is measured. What goes wrong is the result's failure.
   *
   * @param startCpu the core on which it comes up, before it moves to the server's
   * @returns seconds that it took
   */
  async open(startCpu = this.options.environment.serverCpu): Promise<number> {
    return this.#timed(async () => {
      if (this.#server === null) await this.#start({ startCpu });
    });
  }

  /**
   * @param beside others are asked at the same time
   * @returns seconds that it took, the start of the server included
   */
  async play(round: number, beside = false): Promise<number> {
    // The process is one: beside others nobody can tell whose share it was.
    const harness = beside ? null : new HarnessWatch();
    const seconds = await this.#timed(() => this.#round(round, beside));
    if (harness !== null) this.result.harnessed(harness.done());
    if (this.options.signal.aborted) this.result.fail('interrupted', 'interrupted');
    return seconds;
  }

  async #timed(work: () => Promise<void>): Promise<number> {
    const begin = performance.now();
    await work().catch((error) => this.#blame(error));
    const seconds = (performance.now() - begin) / 1000;
    this.result.seconds += seconds;
    return seconds;
  }

  async #round(round: number, beside: boolean): Promise<void> {
    const { size, seed, environment, signal } = this.options;
    const cores = new CoreWatch(environment, () => this.#cpuNs());
    const server = this.#server ?? (await this.#start({}));
    server.probe.forget();
    const context = new ScenarioContext({
      target: this.target,
      server,
      restart: (how) => this.#restart(how),
      ask: (name, target) => this.#ask(name, target),
      startNullServer: (response) => this.#startNullServer(response),
      kept: this.#kept,
      result: this.result,
      size,
      round,
      rounds: this.rounds,
      beside,
      seed: seedFor(seed, this.scenario.name, 'traffic', round),
      clientCpu: environment.clientCpu,
      serverCpu: environment.serverCpu,
      onHelper: (cpuNs) => cores.helper(cpuNs),
      signal,
    });
    await this.scenario.run(context);
    this.#remarkProbe();
    // Whoever is asked beside others shares its cores with them all the time, whoever used them: nothing timed can fail.
    if (beside) this.result.disturbed(1, 1);
    else this.result.disturbed(cores.foreignOnServer(), cores.foreignOnClient());
  }

  /** CPU time of all servers of this stage so far. */
  #cpuNs(): number {
    const pids = [this.#server?.pid, this.#server?.upstreamPid];
    const now = pids.map((pid) => (pid === null || pid === undefined ? 0 : new ProcessSampler(pid).cpuNs()));
    return now.reduce((sum, ns) => sum + ns, this.#pastCpuNs);
  }

  /** Stops the server. May be called twice. */
  async leave(): Promise<void> {
    this.#pastCpuNs = this.#cpuNs();
    await this.#server?.stop();
    this.#server = null;
    for (const directory of this.#directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  }

  async #start(how: Policy & Pick<StartOptions, 'startCpu'>): Promise<RunningTarget> {
    const directory = this.#directory();
    const { environment, signal } = this.options;
    this.#server = await this.target.start({ cpu: environment.serverCpu, directory, signal, ...how });
    if (this.scenario.needs.includes('probe') && !this.#server.tells)
      throw new Skipped('the target wrote nothing to HALFOPEN_PROBE: what happens inside cannot be seen');
    return this.#server;
  }

  async #restart(how: Policy): Promise<RunningTarget> {
    await this.leave();
    return this.#start(how);
  }

  /** Its CPU time counts as the server's: it is no disturbance. */
  async #startNullServer(response: Uint8Array): Promise<RunningTarget> {
    const server = await startNullServer(response, {
      cpu: this.options.environment.serverCpu,
      directory: this.#directory(),
      signal: this.options.signal,
    });
    const stop = async (): Promise<void> => {
      if (server.ended() === null) this.#pastCpuNs += new ProcessSampler(server.pid!).cpuNs();
      await server.stop();
    };
    return { ...server, stop };
  }

  #directory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'halfopen-'));
    this.#directories.push(directory);
    return directory;
  }

  /** Its servers count as this stage's own: they are no disturbance. */
  async #ask(name: string, target: Target): Promise<Result> {
    const scenario = (await ownScenarios()).find((each) => each.name === name);
    if (!scenario) throw new Error(`there is no scenario ${name}`);
    const stage = new Stage(scenario, target, this.options, (record) => this.keep({ ...record, apart: target.name }));
    try {
      for (let round = 0; round < stage.rounds && !stage.over; round++) {
        await stage.play(round);
        await stage.leave();
      }
    } finally {
      await stage.leave();
      this.#pastCpuNs += stage.#pastCpuNs;
    }
    return stage.result.finish();
  }

  #remarkProbe(): void {
    const { rejected, rejectedCount } = this.#server?.probe ?? { rejected: [], rejectedCount: 0 };
    if (rejectedCount > 0) this.result.note(`${rejectedCount} lines of the probe are not events, e.g. ${rejected[0]}`);
  }

  /** Whose fault it was decides what becomes of the result. */
  #blame(error: unknown): void {
    if (this.options.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Skipped) this.result.fail('skipped', message);
    else if (this.#server === null || this.#server.ended() !== null) this.result.fail('server', message);
    else this.result.fail('testbed', `the testbed failed: ${message}`);
  }
}
