/**
 * The shapes in which plans and reports cross into the addon (native/binding/plan_reader.cc and report_writer.cc):
 * every member is there, times are nanoseconds, names are positions in the lists below.
 */
import type { Action } from '../faults/fault.js';
import type { TriggerPoint } from '../faults/trigger.js';

/** In the order of the enums in native/client/plan.h. */
export const points: readonly TriggerPoint[] = [
  'connected',
  'uploaded',
  'sent',
  'head',
  'body',
  'chunks',
  'unread',
  'end',
  'previous',
];
export const actions: readonly Action[] = [
  'fin',
  'close',
  'rst',
  'half-close',
  'stall',
  'slow-read',
  'slow-send',
  'resume',
  'vanish',
  'unplug',
];

export interface NativeStep {
  readonly point: number;
  readonly amount: number;
  readonly amountSpread: number;
  readonly delayNs: number;
  readonly delaySpreadNs: number;
  readonly action: number;
  readonly paceBytes: number;
  readonly paceNs: number;
}

export interface NativeCohort {
  readonly address: string;
  readonly port: number;
  readonly request: Uint8Array;
  readonly tagAt: readonly number[];
  readonly answers: number;
  readonly headOnly: boolean;
  readonly connections: number;
  readonly keepAlive: boolean;
  readonly openLoop: boolean;
  readonly poisson: boolean;
  readonly rate: number;
  readonly thinkNs: number;
  readonly startNs: number;
  readonly rampNs: number;
  /** 0: until the rounds are done. */
  readonly durationNs: number;
  readonly graceNs: number;
  readonly timeoutNs: number;
  /** 0: no limit. */
  readonly rounds: number;
  readonly phaseEndsNs: readonly number[];
  readonly steps: readonly NativeStep[];
  /** 0: the system's own. */
  readonly receiveBuffer: number;
  /** 0: no limit. */
  readonly holdNs: number;
  /** 0: anything below 400. */
  readonly expectStatus: number;
  /** -1: any. */
  readonly expectBodyBytes: number;
  readonly expectHash: boolean;
  readonly hashHigh: number;
  readonly hashLow: number;
}

export interface NativePlan {
  readonly seed: number;
  /** Tells the tags of runs with one seed apart. */
  readonly run: number;
  readonly deadlineNs: number;
  /** -1: not pinned. */
  readonly cpu: number;
  readonly prompt: boolean;
  readonly watched: readonly number[];
  /** File of a network namespace; empty: none of its own. */
  readonly network: string;
  readonly cohorts: readonly NativeCohort[];
}

export interface NativeHistogram {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Index and count in turn. */
  readonly buckets: Float64Array;
}

/** A column for each member of a sample, all of one length. */
export type NativeSamples = Readonly<
  Record<
    | 'connectNs'
    | 'startNs'
    | 'sentNs'
    | 'firstByteNs'
    | 'pointNs'
    | 'beforeNs'
    | 'afterNs'
    | 'endNs'
    | 'wireBytes'
    | 'bodyBytes'
    | 'sentBytes'
    | 'bytesAfter'
    | 'round'
    | 'connection'
    | 'chunks'
    | 'unread'
    | 'receiveBuffer'
    | 'window'
    | 'unacked'
    | 'retransmits'
    | 'segmentsAfter'
    | 'dropped'
    | 'status'
    | 'step'
    | 'action'
    | 'reason'
    | 'outcome'
    | 'tcpState'
    | 'hasWindow'
    | 'zeroWindow'
    | 'bodyComplete'
    | 'ok'
    | 'tagHigh'
    | 'tagLow',
    Float64Array
  >
>;

export interface NativeCohortReport {
  readonly requests: number;
  readonly sentRequests: number;
  readonly unfinished: number;
  readonly bytes: number;
  readonly bodyBytes: number;
  readonly chunks: number;
  readonly connects: number;
  readonly errors: Float64Array;
  readonly latency: NativeHistogram;
  readonly service: NativeHistogram;
  readonly ttfb: NativeHistogram;
  readonly connect: NativeHistogram;
  /** Requests, bytes, errors of each second in turn. */
  readonly seconds: Float64Array;
  readonly phases: readonly {
    readonly requests: number;
    readonly errors: number;
    readonly stalled: number;
    readonly latency: NativeHistogram;
  }[];
  readonly samplesNotKept: number;
  readonly samples: NativeSamples;
}

export interface NativeReport {
  readonly startedNs: number;
  readonly endedNs: number;
  readonly ended: number;
  readonly cpuNs: number;
  readonly pinned: number;
  readonly lag: NativeHistogram;
  readonly watched: number;
  /** Core, begin and end of each in turn. */
  readonly stalls: Float64Array;
  readonly cohorts: readonly NativeCohortReport[];
}
