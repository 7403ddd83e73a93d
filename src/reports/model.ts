import type { GateVerdict } from '../gates/outcome.js';
import type { Interval, RoundFigures } from '../gates/statistics/quantile-interval.js';
import type { Verdict } from '../gates/verdict.js';
import type { Labels, Series } from '../measures/measure.js';

/** Raised when a reader of older results would misunderstand newer ones. */
export const schemaVersion = 1;

/** One run of the testbed: plain data, and all that any renderer gets to see. Times of day are ISO 8601. */
export interface RunReport {
  readonly schema: typeof schemaVersion;
  readonly tool: { readonly name: 'halfopen'; readonly version: string };
  /** Unique; the name of its directory. */
  readonly id: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly seed: number;
  readonly size: Size;
  readonly interrupted: boolean;
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly environment: Environment;
  readonly targets: readonly TargetInfo[];
  readonly scenarios: readonly ScenarioInfo[];
  readonly results: readonly Result[];
  /** What concerns the whole run. */
  readonly notes: readonly string[];
  /** This run was one of several that share the work: see `merge.ts`. */
  readonly shard?: Shard;
  /** This run was a performance gate. */
  readonly gate?: GateSummary;
}

/** Which part of a divided run this is: `index` is 1 … `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** How a gate came to its verdict. The figures of its slots are measures like any others. */
export interface GateSummary {
  readonly verdict: GateVerdict;
  /** One line for each thing that decided. */
  readonly reasons: readonly string[];
  /** The builds, as they were asked for. */
  readonly baseline: string;
  readonly candidate: string;
  /** The second one confirms, or does not confirm, a failure of the first. */
  readonly sessions: readonly GateSession[];
  /** Beside the timings; they decide nothing. */
  readonly counts?: readonly GateCount[];
}

/** What was counted, not timed, on both builds. */
export interface GateCount {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly base: number;
  readonly cand: number;
}

export interface GateSession {
  readonly seed: number;
  readonly pairs: number;
  /** The most pairs that its time allowed. */
  readonly cap: number;
  readonly seconds: number;
  /** Spread of the control slots, as a share. */
  readonly controlSpread: number | null;
  readonly figures: readonly GateFigure[];
}

/** Slowdowns and noise are shares: 0.05 is 5 %. Null: too few pairs to say. */
export interface GateFigure {
  readonly name: string;
  readonly title: string;
  readonly verdict: 'pass' | 'fail' | 'more' | 'inconclusive';
  readonly pairs: number;
  readonly slowdown: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly noise: number | null;
  /** The slowdown that matters. */
  readonly margin: number;
  /** The smallest slowdown that these pairs would have flagged in 95 % of cases. */
  readonly detectable: number | null;
}

export type Size = 'quick' | 'default' | 'full';

/** Null: could not be found out. */
export interface Environment {
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly revision: string | null;
  /** Uncommitted changes beside the revision. */
  readonly dirty: boolean | null;
  readonly congestionControl: string | null;
  readonly tcpRmem: string | null;
  readonly tcpWmem: string | null;
  /** Other settings of the kernel that bear on connections, by name. */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly loadAverage: number;
  /** Cores of the server and of the client; null: not pinned. */
  readonly serverCpu: number | null;
  readonly clientCpu: number | null;
}

/**
 * - `own`: this gateway on one of its engines, or the one server that was asked about: its bars decide the exit code
 * - `control`: what the others are compared with; its failures are findings
 * - `peer`: another server; its failures are findings, too
 */
export type Role = 'own' | 'control' | 'peer';

export interface TargetInfo {
  readonly name: string;
  readonly role: Role;
  readonly summary: string;
  /** The program and its version, where it is known. */
  readonly version?: string;
}

export interface ScenarioInfo {
  readonly name: string;
  readonly group: string;
  readonly question: string;
}

/** One scenario on one target. */
export interface Result {
  readonly scenario: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly measures: readonly MeasureResult[];
  readonly bars: readonly BarResult[];
  /** Samples that do not count, by reason: their fault did not take place, or the machine stood still. */
  readonly excluded: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  /** The largest share of the server's or the client's core that other processes took, in [0, 1]. */
  readonly disturbance: number;
  readonly seconds: number;
  /** What the testbed's own process did meanwhile. */
  readonly harness?: Harness;
  /** SO_RCVBUF as the kernel granted it to the clients that misbehaved, bytes, each size once. */
  readonly receiveBuffers?: readonly number[];
  /** Why the target was skipped, or what broke. */
  readonly problem?: string;
}

export interface Harness {
  /** CPU time of the whole process, the fault client's thread included. */
  readonly cpuMs: number;
  /** Of its JavaScript collector. The client's thread does not wait for it. */
  readonly collections: number;
  readonly collectionMs: number;
  readonly longestCollectionMs: number;
}

export interface MeasureResult {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly detail?: true;
  readonly better: 'lower' | 'higher';
  readonly timed?: true;
  readonly what: string;
  readonly labels: Labels;
  readonly series: Series;
  /** Of each round, which has a server of its own: `p50`, `p99`, `p99.9` as far as its samples reach. Only where there were several. */
  readonly rounds?: RoundFigures;
  /** 95 % confidence intervals of `p50`, `p99`, `p99.9` or `share`, as far as the samples bound them; null: they do not on that side. */
  readonly intervals?: Readonly<Record<string, Interval>>;
  /** How late the client itself was, p99 in the measure's unit. */
  readonly clientLag?: number;
  /** Why these figures are not the server's alone: no bar can rely on them. */
  readonly doubt?: string;
}

export interface BarResult {
  readonly text: string;
  readonly verdict: Verdict;
  /** Null where there is no figure. */
  readonly actual: number | null;
  readonly limit: number | null;
  readonly unit: string;
  readonly samples: number;
  readonly detail: string;
  /** A documented limit of this target stands in for the scenario's own bar. */
  readonly knownLimit?: { readonly original: string; readonly reason: string };
}
