import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../measures/histogram.js';
import type { Labels, Measure, Series } from '../measures/measure.js';
import { ProcessSampler } from '../probes/proc.js';
import type { ProbeReader } from '../probes/reader.js';
import type { Result, Size } from '../reports/model.js';
import type { RunningTarget, StartOptions, Target } from '../targets/target.js';
import { type AutocannonFigures, runAutocannon } from '../traffic/autocannon.js';
import { type ClientReport, type Cohort, type RunOptions, runCohorts } from '../traffic/client.js';
import { runWrk, type WrkFigures } from '../traffic/wrk.js';
import type { ResultBuilder } from './result.js';
import type { BySize } from './scenario.js';

/** What a scenario may ask a target to be started with. */
export type Policy = Pick<StartOptions, 'halfClose' | 'deadlines' | 'host' | 'workers'>;

export interface ContextOptions {
  readonly target: Target;
  readonly server: RunningTarget;
  readonly restart: (options: Policy) => Promise<RunningTarget>;
  readonly ask: (scenario: string, target: Target) => Promise<Result>;
  readonly startNullServer: (response: Uint8Array) => Promise<RunningTarget>;
  readonly kept: Map<string, number>;
  readonly result: ResultBuilder;
  readonly size: Size;
  readonly round: number;
  readonly rounds: number;
  readonly beside: boolean;
  readonly seed: number;
  readonly clientCpu: number | null;
  readonly serverCpu: number | null;
  /** Called with the CPU time of every process that helped the client, nanoseconds. */
  readonly onHelper: (cpuNs: number) => void;
  readonly signal: AbortSignal;
}

/** A target cannot answer the question after all. Its result is `skipped`, with the message as the reason. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

/** Everything that one round of a scenario may use. */
export class ScenarioContext {
  readonly target: Target;
  readonly size: Size;
  /** From 0. */
  readonly round: number;
  /** Other servers are asked at the same time: what is timed is an upper bound. */
  readonly beside: boolean;
  /** Same for all targets of the round: they get the same traffic. */
  readonly seed: number;
  /** Aborts on Ctrl-C; waits and traffic of this context end by themselves. */
  readonly signal: AbortSignal;
  #server: RunningTarget;
  #sampler: ProcessSampler | null = null;
  #mayEnd = false;
  readonly #options: ContextOptions;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.target = options.target;
    this.size = options.size;
    this.round = options.round;
    this.beside = options.beside;
    this.seed = options.seed;
    this.signal = options.signal;
    this.#server = options.server;
  }

  get server(): RunningTarget {
    return this.#server;
  }

  /** What the target told since this round began. */
  get probe(): ProbeReader {
    return this.#server.probe;
  }

  /** CPU and memory of the server. @throws Skipped when its process is not ours */
  get process(): ProcessSampler {
    if (this.#server.pid === null)
      throw new Skipped('the server’s process is not known: its CPU and memory cannot be seen');
    this.#sampler ??= new ProcessSampler(this.#server.pid);
    return this.#sampler;
  }

  /**
   * Another server in the place of the present one, under another policy. Its probe starts empty.
   *
   * @throws Skipped when the target has no such deadline, or no workers
   */
  async restart(options: Policy = {}): Promise<void> {
    const lacks = Object.keys(options.deadlines ?? {}).filter(
      (name) => !this.target.deadlines?.some((known) => known === name),
    );
    if (lacks.length > 0) throw new Skipped(`the target cannot be given ${lacks.join(', ')}`);
    if (options.host !== undefined && !this.target.anyHost)
      throw new Skipped('the target cannot be told which address to listen on');
    if (options.workers !== undefined && !this.target.workers)
      throw new Skipped('the target is one process: it has no workers to lose');
    this.#mayEnd = false;
    this.#server = await this.#options.restart(options);
    this.#sampler = null;
  }

  /**
   * Asks another server another question of this package, apart from this run's results: what the testbed says about it
   * is what is looked at.
   */
  ask(scenario: string, target: Target): Promise<Result> {
    return this.#options.ask(scenario, target);
  }

  /** A server that answers everything with these bytes, on the server's core. The caller stops it. */
  startNullServer(response: Uint8Array): Promise<RunningTarget> {
    return this.#options.startNullServer(response);
  }

  /** Figures that one round leaves to the next ones. */
  get kept(): Map<string, number> {
    return this.#options.kept;
  }

  /** From here on the server's end is what is looked at, not a mishap. */
  mayEnd(): void {
    this.#mayEnd = true;
  }

  sized<T>(figures: BySize<T>): T {
    return figures[this.size];
  }

  /** This round's part of what all rounds of the scenario have in common, rounded up. */
  perRound(figures: BySize<number>): number {
    return Math.ceil(figures[this.size] / this.#options.rounds);
  }

  /** Address of the server, for a cohort. */
  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#server.host, port: this.#server.port };
  }

  /**
   * A GET request as bytes on the wire, tagged so that what the target tells can be joined with what the client did.
   *
   * @param path of the testbed's application; a target with a page of its own is asked for that
   */
  get(path: string): string {
    const { host, port } = this.#server;
    const asked = this.#asked(path);
    return `GET ${asked} HTTP/1.1\r\nhost: ${host}:${port}\r\nx-halfopen-tag: {tag}\r\n\r\n`;
  }

  /** A POST with a body of so many bytes, tagged likewise. `fields`: further header lines, each with its CRLF. */
  post(path: string, bodyBytes: number, fields = ''): string {
    const [, rest] = this.get(path).split(/^GET/);
    const head = rest!.slice(0, -2);
    return `POST${head}content-length: ${bodyBytes}\r\n${fields}\r\n${'u'.repeat(bodyBytes)}`;
  }

  /**
   * Runs cohorts against the server, on the client's own core. Their samples are kept with the results.
   *
   * @param withinMs a deadline for the whole run, against servers that never answer
   * @param how a network namespace of the client's own; whether it goes before other runs: then latency is not counted where the
   *   core of server or client stood still
   */
  run(
    cohorts: readonly Cohort[],
    withinMs = 30_000,
    how: Pick<RunOptions, 'network' | 'prompt'> = {},
  ): Promise<ClientReport> {
    const report = this.#run(cohorts, withinMs, this.signal, how);
    report.catch(() => {}); // a scenario may do something else before it awaits this
    return report;
  }

  /** The same for traffic that lasts until the scenario has seen enough. Several may go on side by side. */
  begin(cohorts: readonly Cohort[], withinMs = 30_000): { stop(): Promise<ClientReport> } {
    const enough = new AbortController();
    const report = this.#run(cohorts, withinMs, AbortSignal.any([this.signal, enough.signal]));
    report.catch(() => {}); // whoever stops it gets the error
    return {
      stop: () => {
        enough.abort();
        return report;
      },
    };
  }

  async #run(
    cohorts: readonly Cohort[],
    deadlineMs: number,
    signal: AbortSignal,
    how: Pick<RunOptions, 'network' | 'prompt'> = {},
  ): Promise<ClientReport> {
    const { clientCpu, serverCpu, result } = this.#options;
    const cpu = clientCpu === null ? {} : { cpu: clientCpu };
    const report = await runCohorts(cohorts, {
      seed: this.seed,
      deadlineMs,
      signal,
      ...cpu,
      ...how,
      // Beside others no percentile decides, and each of them would have its threads there.
      watched: how.prompt && !this.beside ? [...new Set([serverCpu, clientCpu])].filter((core) => core !== null) : [],
    });
    if (report.ended === 'no-network') throw new Skipped('the client may not enter a network namespace of its own');
    result.keepReport(this.round, report);
    this.#checkAlive();
    return report;
  }

  /** The body of a page, asked for beside all traffic. @throws Error when it does not come within 5 s */
  async fetch(path: string): Promise<string> {
    this.#asked(path);
    const { host, port } = this.#server;
    const response = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(5000) });
    return response.text();
  }

  /** The familiar figure, from a process of its own on the client's core. Null where autocannon is not installed. */
  async autocannon(path: string, connections: number, seconds: number): Promise<AutocannonFigures | null> {
    const { host, port } = this.#server;
    const { clientCpu } = this.#options;
    const url = `http://${host}:${port}${this.target.application ? path : this.#server.path}`;
    const figures = await runAutocannon({ url, connections, seconds, cpu: clientCpu, signal: this.signal });
    this.#options.onHelper(figures?.cpuNs ?? 0);
    return figures;
  }

  /** The same with wrk, whole seconds. Null where it is not installed. */
  async wrk(path: string, connections: number, seconds: number): Promise<WrkFigures | null> {
    const { host, port } = this.#server;
    const { clientCpu } = this.#options;
    const url = `http://${host}:${port}${this.#asked(path)}`;
    const figures = await runWrk({ url, connections, seconds, cpu: clientCpu, signal: this.signal });
    this.#options.onHelper(figures?.cpuNs ?? 0);
    return figures;
  }

  /** A process of the scenario's own, on the client's core, used so much CPU time: it is no disturbance. */
  helped(cpuNs: number): void {
    this.#options.onHelper(cpuNs);
  }

  /** Resolves early, without an error, when the run is interrupted. */
  async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => {});
  }

  /**
   * Records a series; further ones under the same labels are added to it.
   *
   * @param clientLag how late the client itself was, p99, in the measure's unit, where that enters the figure
   */
  measure(measure: Measure, series: Series, labels: Labels = {}, clientLag?: number): void {
    this.#options.result.add(this.round, measure, labels, series, clientLag);
  }

  /** Says why a measure's figures are not the server's alone: its bars are inconclusive. */
  doubt(measure: Measure, why: string): void {
    this.#options.result.doubt(measure, why);
  }

  /** Says that a measure cannot be had from this target, and why. Its bars are skipped. */
  absent(measure: Measure, why: string): void {
    this.#options.result.absent(measure, why);
  }

  /** Samples that count for nothing, by reason. */
  exclude(reasons: Readonly<Record<string, number>>): void {
    this.#options.result.exclude(reasons);
  }

  /** A remark that belongs beside the figures. */
  note(text: string): void {
    this.#options.result.note(text);
  }

  /** @throws Skipped when the target's application cannot answer it */
  #asked(path: string): string {
    if (!this.target.application) return this.#server.path;
    const lack = this.target.lacks?.(path) ?? null;
    if (lack !== null) throw new Skipped(lack);
    return path;
  }

  #checkAlive(): void {
    const ended = this.#server.ended();
    if (ended !== null && !this.#mayEnd) throw new Error(`the server ended in the middle of the scenario: ${ended}`);
  }
}

/** The client's own lateness, p99, in milliseconds; 0 when it sent nothing by the clock. */
export function lagMs(report: ClientReport): number {
  const { lag } = report.client;
  return lag.count === 0 ? 0 : percentile(lag, 99) * 1e-6;
}
