/**
 * What a run of the client leaves behind: plain data. Times are CLOCK_MONOTONIC nanoseconds (the clock of
 * `process.hrtime()`) as numbers, exact to the nanosecond for the first 104 days of a machine's uptime.
 */
import type { Action } from '../faults/fault.js';
import type { HistogramData } from '../measures/histogram.js';

/**
 * - `connect`: refused, unreachable, or no handshake in time
 * - `reset`: the peer reset an established connection
 * - `timeout`: no complete answer in time
 * - `status`: complete, with another status than expected
 * - `truncated`: the connection ended inside an answer, or before it began
 * - `framing`: not HTTP/1.x, or broken chunks
 * - `integrity`: complete, with another body than expected
 * - `local`: this side ran out of descriptors, ports or memory
 */
export const errorKinds = [
  'connect',
  'reset',
  'timeout',
  'status',
  'truncated',
  'framing',
  'integrity',
  'local',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/**
 * Why a fault did not take place. The last two are no such thing: they say, with `ok`, what became of a half-closed
 * reader's answer.
 */
export const reasons = [
  'connect-failed',
  'response-ended-first',
  'peer-closed-first',
  'peer-reset-first',
  'timed-out-first',
  'run-ended-first',
  'unread-at-close',
  'nothing-unread',
  'never-behind',
  'call-failed',
  'not-permitted',
  'state-unexpected',
  'segment-got-through',
  'body-cut-off',
  'body-differs',
] as const;
export type Reason = (typeof reasons)[number];

/**
 * How what came after a step ended.
 *
 * - `cut`: the step itself closed the connection
 * - `complete`: every answer was read to its end
 * - `peer-fin`, `peer-reset`: the server ended it before that
 * - `timeout`: nothing more came
 * - `held`: this side ended it, its hold or its time being over
 * - `next-step`: the fault's next step came
 * - `failed`: the step did not take place, or the answer was no HTTP
 */
export const outcomes = [
  'cut',
  'complete',
  'peer-fin',
  'peer-reset',
  'timeout',
  'held',
  'next-step',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** The kernel's names, in the order of its numbers. */
export const tcpStates = [
  'unknown',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
] as const;
export type TcpState = (typeof tcpStates)[number];

/** Proof that a fault took place, or why it did not. A sample without one is excluded, and counted as excluded. */
export interface Receipt {
  readonly ok: boolean;
  readonly reason: Reason | null;
  /** Bytes in the receive queue at the cut; for `stall` at the end of it. */
  readonly unreadBytes: number;
  /** As the kernel reports it just after the cut (for `rst` and `close`: just before, when it can still be asked). */
  readonly tcpState: TcpState;
  /** SO_RCVBUF as granted, bytes. */
  readonly receiveBuffer: number;
  /** The window this side last advertised, bytes; null where the kernel does not say (before Linux 6.2). */
  readonly windowBytes: number | null;
  /** The window closed: nothing more may be sent to this side. */
  readonly zeroWindow: boolean;
  /** Segments sent and not acknowledged, as last seen. */
  readonly unackedSegments: number;
  readonly retransmits: number;
  /** Segments received since the step began, as the socket's own statistics count them. 0 when it has vanished. */
  readonly segmentsAfter: number;
  /** Segments dropped at the socket since the step began: by the filter of a vanished client, or for want of room. */
  readonly droppedSegments: number;
  /**
   * Bytes read after the step (for `slow-send`: sent), and how fast: what a half-closed or a slow reader still got.
   * Of a client that has vanished, what came after that: bytes that lay unread before don't count.
   */
  readonly bytesAfter: number;
  readonly bytesPerSecond: number;
  /** Every answer was read to its end, with the status and the body that were expected. */
  readonly bodyComplete: boolean;
}

/** One step of one faulty connection. */
export interface CutSample {
  readonly cohort: string;
  readonly fault: string;
  readonly connection: number;
  readonly round: number;
  readonly step: number;
  readonly action: Action;
  /** What `{tag}` became in this round's request. */
  readonly tag: string;
  /** Handshake done; null when it never was. */
  readonly connectNs: number | null;
  /** Just before its first byte was handed over; null when it did not come to that. */
  readonly startNs: number | null;
  /** Just after its last byte was; null when it never was. */
  readonly sentNs: number | null;
  readonly firstByteNs: number | null;
  /** When the trigger's point was reached, before its delay; null when it never was. */
  readonly pointNs: number | null;
  /** Just before and just after the system call that is the fault; null when it did not come to that. */
  readonly beforeNs: number | null;
  readonly afterNs: number | null;
  /** The end of what the step began: of the connection, or the next step. */
  readonly endNs: number;
  readonly outcome: Outcome;
  /** Up to the cut: bytes off the wire, body bytes, HTTP chunks, request bytes sent. */
  readonly wireBytes: number;
  readonly bodyBytes: number;
  readonly chunks: number;
  readonly sentBytes: number;
  /** Of the last response head that was read; null when there was none. */
  readonly status: number | null;
  readonly receipt: Receipt;
}

export interface SecondOfTraffic {
  /** Whole seconds since the run began. */
  readonly second: number;
  readonly requests: number;
  readonly bytes: number;
  readonly errors: number;
}

export interface PhaseReport {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  /** Requests that are not in `latency`: for the greater part of it a watched core stood still. */
  readonly stalled: number;
  readonly latency: HistogramData;
}

/** All histograms are in nanoseconds. */
export interface CohortReport {
  readonly id: string;
  /** Complete, correct answers. */
  readonly requests: number;
  /** Bytes off the wire; of them in bodies; HTTP chunks. */
  readonly bytes: number;
  readonly bodyBytes: number;
  readonly chunks: number;
  readonly sentRequests: number;
  /** Under way or still waiting for a connection when the cohort's time was over: neither answers nor errors. */
  readonly unfinished: number;
  readonly connects: number;
  readonly errors: Readonly<Record<ErrorKind, number>>;
  /** From the moment a request was due (open loop) or sent (closed loop) to the last byte of its answer. */
  readonly latency: HistogramData;
  /** From the moment it was sent. */
  readonly service: HistogramData;
  /** From the moment it was sent to the first byte of the answer. */
  readonly ttfb: HistogramData;
  readonly connect: HistogramData;
  readonly phases: readonly PhaseReport[];
  readonly perSecond: readonly SecondOfTraffic[];
  readonly samples: readonly CutSample[];
  /** Samples beyond the 200,000th, which are only counted. */
  readonly samplesNotKept: number;
  readonly receipts: { readonly ok: number; readonly failed: Readonly<Partial<Record<Reason, number>>> };
}

/** A stretch in which a core did nothing for anybody: its virtual machine's host had it, or the kernel for itself. */
export interface Stall {
  readonly cpu: number;
  readonly fromNs: number;
  readonly toNs: number;
}

export interface ClientReport {
  readonly seed: number;
  readonly startedNs: number;
  readonly endedNs: number;
  /** `stopped`: the caller's signal; `deadline`: the run's own. What was measured until then is here all the same. */
  readonly ended: 'finished' | 'stopped' | 'deadline' | 'no-network';
  readonly cohorts: readonly CohortReport[];
  /** Whether cores were watched, as the run was told. */
  readonly watched: boolean;
  /** When one of them stood still for more than a quarter of a millisecond. */
  readonly stalls: readonly Stall[];
  readonly client: {
    /** CPU time of the client's thread, nanoseconds. */
    readonly cpuNs: number;
    /** The core it was pinned to, if it was. */
    readonly cpu: number | null;
    /** How much later than due requests left although a connection was free: this side's own lateness. */
    readonly lag: HistogramData;
  };
}
