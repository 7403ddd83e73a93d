import type { ProbeEvent } from '../../src/probes/event.js';
import type { CutSample, Outcome, Receipt } from '../../src/traffic/report.js';

/** A receipt that is in order, but for what is given. */
export function receipt(given: Partial<Receipt> = {}): Receipt {
  return {
    ok: true,
    reason: null,
    unreadBytes: 0,
    tcpState: 'fin-wait-2',
    receiveBuffer: 131072,
    windowBytes: null,
    zeroWindow: false,
    unackedSegments: 0,
    retransmits: 0,
    segmentsAfter: 0,
    droppedSegments: 0,
    bytesAfter: 0,
    bytesPerSecond: 0,
    bodyComplete: false,
    ...given,
  };
}

/** A cut of the round `tag`, at `beforeMs` milliseconds. */
export function cut(tag: string, beforeMs: number | null, given: Partial<Receipt> = {}): CutSample {
  const beforeNs = beforeMs === null ? null : beforeMs * 1e6;
  return {
    cohort: 'cut',
    fault: 'fin',
    connection: 0,
    round: 0,
    step: 0,
    action: 'fin',
    tag,
    connectNs: 0,
    startNs: 0,
    sentNs: 0,
    firstByteNs: 0,
    pointNs: beforeNs,
    beforeNs,
    afterNs: beforeNs,
    endNs: beforeNs ?? 0,
    outcome: 'cut',
    wireBytes: 0,
    bodyBytes: 0,
    chunks: 0,
    sentBytes: 0,
    status: 200,
    receipt: receipt(given),
  };
}

/** A client that half-closes at `ms` and reads on, until that ends. */
export function halfClosed(tag: string, ms: number, outcome: Outcome, given: Partial<Receipt> = {}): CutSample {
  return { ...cut(tag, ms, given), action: 'half-close', outcome };
}

/** Probe events at milliseconds. */
export const gone = (tag: string, ms: number, reason = 'client-fin'): ProbeEvent => ({
  event: 'gone',
  t: ms * 1e6,
  tag,
  reason,
});
export const closed = (tag: string, ms: number): ProbeEvent => ({ event: 'closed', t: ms * 1e6, tag });
export const pull = (tag: string, ms: number, pulls = 1): ProbeEvent => ({ event: 'pull', t: ms * 1e6, tag, pulls });
