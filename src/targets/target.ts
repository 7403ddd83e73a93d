import type { BackoffPolicy, HalfClosePolicy } from '../gateway/types.js';
import type { ProbeReader } from '../probes/reader.js';
import type { Role } from '../reports/model.js';
import type { Source } from './source.js';

/** A server under test: how to start it, and what is known of it beforehand. */
export interface Target {
  readonly name: string;
  readonly role: Role;
  /** One line for `halfopen list targets`. */
  readonly summary: string;
  /** It tells through a probe what happens inside. Without one it is tested from outside only. */
  readonly probe: boolean;
  /** It serves the testbed's application (`docs/probe.md`), not one of its own at one URL. */
  readonly application: boolean;
  /** Its `gone` events say why, in the words of this gateway's `CloseReason`. */
  readonly tellsReasons: boolean;
  /** The back-off schedule for empty chunks that it declares; absent: it declares none. */
  readonly backoff?: BackoffPolicy;
  /** Policies for half-closed clients that it can be asked for. */
  readonly halfClose: readonly HalfClosePolicy[];
  /** Deadlines of its own that it can be started with; absent: none. */
  readonly deadlines?: readonly DeadlineName[];
  /** It can be told which address to listen on. */
  readonly anyHost?: true;
  /** It can be started as several processes on one port, of which one may die. */
  readonly workers?: true;
  readonly knownLimits: readonly KnownLimit[];
  /** How to bring it here; absent: it comes with this package. */
  readonly source?: Source;
  /** Name and version of the program, recorded with the results; null where it cannot be found out. */
  version(): string | null;
  /** Version of the Node.js that runs it, when it is a script of ours: a profiler can be put around it. */
  nodeVersion?(): string | null;
  /** Why it cannot answer a path of the testbed's application, in words; null when it can. Absent: it has them all. */
  lacks?(path: string): string | null;
  /** Why it cannot be started here, and what to do about it; null when it can. */
  unavailable(): string | null;
  /** @throws Error when it does not come up in time, with the end of what it printed */
  start(options: StartOptions): Promise<RunningTarget>;
}

/** What a target is known not to reach, and why: the bar is replaced in the open, never dropped in silence. */
export interface KnownLimit {
  readonly scenario: string;
  /** The scenario's bar, word for word. */
  readonly bar: string;
  /** The bar that holds instead; null: none can be given. */
  readonly instead: string | null;
  readonly reason: string;
}

/** Deadlines as `serve()` names them, and what `close()` grants what is under way; milliseconds. */
export type DeadlineName =
  | 'headTimeoutMs'
  | 'bodyTimeoutMs'
  | 'stallTimeoutMs'
  | 'userTimeoutMs'
  | 'keepAliveIdleMs'
  | 'graceMs';
export type Deadlines = Readonly<Partial<Record<DeadlineName, number>>>;

export interface StartOptions {
  /** Core for the whole server; null: not pinned. */
  readonly cpu: number | null;
  /** Comes up on this core, and moves to `cpu` when it is ready. Default: `cpu`. A target may take no notice. */
  readonly startCpu?: number | null;
  /** An empty directory for the probe's file. */
  readonly directory: string;
  readonly halfClose?: HalfClosePolicy;
  readonly deadlines?: Deadlines;
  /** Address to listen on. Default: loopback. */
  readonly host?: string;
  /** So many processes on one port, watched by another. */
  readonly workers?: number;
  readonly readyWithinMs?: number;
  /** Puts another program around a target's command, which ends when that ends. Only for those with a `nodeVersion`. */
  readonly wrap?: (command: readonly string[]) => readonly string[];
  readonly signal?: AbortSignal;
}

export interface RunningTarget {
  readonly host: string;
  readonly port: number;
  /** Path of a target without the testbed's application; `/` otherwise. */
  readonly path: string;
  /** Of the first process; null when it is not ours (`--url` alone). */
  readonly pid: number | null;
  /** Of a process of the testbed's that it stands in front of: on its core, and no disturbance. */
  readonly upstreamPid?: number;
  readonly probe: ProbeReader;
  /** Whether it was seen to tell anything through its probe. */
  readonly tells: boolean;
  /** Null while it runs; else how it ended, in words, with the end of what it printed. */
  ended(): string | null;
  /** Asks it to stop, then makes it. Never rejects, and may be called twice. */
  stop(): Promise<void>;
}
