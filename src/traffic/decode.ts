import type { BucketCount, HistogramData } from '../measures/histogram.js';
import type { Cohort } from './cohort.js';
import {
  actions,
  type NativeCohortReport,
  type NativeHistogram,
  type NativeReport,
  type NativeSamples,
} from './native.js';
import {
  type ClientReport,
  type CohortReport,
  type CutSample,
  type ErrorKind,
  errorKinds,
  outcomes,
  type Reason,
  reasons,
  tcpStates,
} from './report.js';

const endings = ['finished', 'stopped', 'deadline', 'no-network'] as const;

/** From the addon's columns to the report. Pure. */
export function decodeReport(
  native: NativeReport,
  cohorts: readonly Cohort[],
  seed: number,
  cpu: number | null,
): ClientReport {
  return {
    seed,
    startedNs: native.startedNs,
    endedNs: native.endedNs,
    ended: endings[native.ended] ?? 'stopped',
    cohorts: native.cohorts.map((report, index) => decodeCohort(report, cohorts[index]!)),
    watched: native.watched === 1,
    stalls: Array.from({ length: native.stalls.length / 3 }, (_, row) => ({
      cpu: native.stalls[row * 3]!,
      fromNs: native.stalls[row * 3 + 1]!,
      toNs: native.stalls[row * 3 + 2]!,
    })),
    client: { cpuNs: native.cpuNs, cpu: native.pinned === 1 ? cpu : null, lag: decodeHistogram(native.lag) },
  };
}

function decodeCohort(native: NativeCohortReport, cohort: Cohort): CohortReport {
  const samples = decodeSamples(native.samples, cohort);
  const failed: Partial<Record<Reason, number>> = {};
  for (const { receipt } of samples) {
    if (!receipt.ok && receipt.reason !== null) failed[receipt.reason] = (failed[receipt.reason] ?? 0) + 1;
  }
  return {
    id: cohort.id,
    requests: native.requests,
    bytes: native.bytes,
    bodyBytes: native.bodyBytes,
    chunks: native.chunks,
    sentRequests: native.sentRequests,
    unfinished: native.unfinished,
    connects: native.connects,
    errors: Object.fromEntries(errorKinds.map((kind, index) => [kind, native.errors[index] ?? 0])) as Record<
      ErrorKind,
      number
    >,
    latency: decodeHistogram(native.latency),
    service: decodeHistogram(native.service),
    ttfb: decodeHistogram(native.ttfb),
    connect: decodeHistogram(native.connect),
    phases: native.phases.map((phase, index) => ({
      name: cohort.phases?.[index]?.name ?? '',
      requests: phase.requests,
      errors: phase.errors,
      stalled: phase.stalled,
      latency: decodeHistogram(phase.latency),
    })),
    perSecond: Array.from({ length: native.seconds.length / 3 }, (_, second) => ({
      second,
      requests: native.seconds[second * 3] ?? 0,
      bytes: native.seconds[second * 3 + 1] ?? 0,
      errors: native.seconds[second * 3 + 2] ?? 0,
    })),
    samples,
    samplesNotKept: native.samplesNotKept,
    receipts: { ok: samples.filter((sample) => sample.receipt.ok).length, failed },
  };
}

function decodeHistogram(native: NativeHistogram): HistogramData {
  const buckets: BucketCount[] = [];
  for (let at = 0; at < native.buckets.length; at += 2) buckets.push([native.buckets[at]!, native.buckets[at + 1]!]);
  return { count: native.count, min: native.min, max: native.max, sum: native.sum, buckets };
}

function decodeSamples(columns: NativeSamples, cohort: Cohort): CutSample[] {
  return Array.from({ length: columns.ok.length }, (_, row) => decodeSample(columns, row, cohort));
}

function decodeSample(columns: NativeSamples, row: number, cohort: Cohort): CutSample {
  const value = (name: keyof NativeSamples) => columns[name][row]!;
  const time = (name: keyof NativeSamples) => value(name) || null;
  const hex = (half: number) => half.toString(16).padStart(8, '0');
  const lastedNs = value('endNs') - value('afterNs');
  return {
    cohort: cohort.id,
    fault: cohort.fault?.name ?? '',
    connection: value('connection'),
    round: value('round'),
    step: value('step'),
    action: actions[value('action')]!,
    tag: hex(value('tagHigh')) + hex(value('tagLow')),
    connectNs: time('connectNs'),
    startNs: time('startNs'),
    sentNs: time('sentNs'),
    firstByteNs: time('firstByteNs'),
    pointNs: time('pointNs'),
    beforeNs: time('beforeNs'),
    afterNs: time('afterNs'),
    endNs: value('endNs'),
    outcome: outcomes[value('outcome')]!,
    wireBytes: value('wireBytes'),
    bodyBytes: value('bodyBytes'),
    chunks: value('chunks'),
    sentBytes: value('sentBytes'),
    status: value('status') || null,
    receipt: {
      ok: value('ok') === 1,
      reason: reasons[value('reason') - 1] ?? null,
      unreadBytes: value('unread'),
      tcpState: tcpStates[value('tcpState')] ?? 'unknown',
      receiveBuffer: value('receiveBuffer'),
      windowBytes: value('hasWindow') === 1 ? value('window') : null,
      zeroWindow: value('zeroWindow') === 1,
      unackedSegments: value('unacked'),
      retransmits: value('retransmits'),
      segmentsAfter: value('segmentsAfter'),
      droppedSegments: value('dropped'),
      bytesAfter: value('bytesAfter'),
      bytesPerSecond: lastedNs > 0 && value('afterNs') > 0 ? (value('bytesAfter') * 1e9) / lastedNs : 0,
      bodyComplete: value('bodyComplete') === 1,
    },
  };
}
