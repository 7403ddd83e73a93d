import type { Step } from '../faults/fault.js';
import type { Cohort } from './cohort.js';
import { actions, type NativeCohort, type NativeStep, points } from './native.js';

const tagToken = '{tag}';
const tagPlace = '0'.repeat(16);

/**
 * Checks a cohort and turns it into what the addon reads. Pure.
 *
 * @param address the IP address of `cohort.host`
 * @throws TypeError that names the cohort and what is wrong with it
 */
export function planCohort(cohort: Cohort, address: string): NativeCohort {
  const check = (good: boolean, what: string) => {
    if (!good) throw new TypeError(`cohort '${cohort.id}': ${what}`);
  };
  const { pacing, fault, depth = 1, expect = {} } = cohort;
  const ns = (ms: number, what: string) => {
    check(Number.isFinite(ms) && ms >= 0 && ms <= 1e9, `${what} must be milliseconds >= 0, got ${ms}`);
    return Math.round(ms * 1e6);
  };
  check(Number.isInteger(cohort.connections) && cohort.connections > 0, 'connections must be a positive integer');
  check(Number.isInteger(depth) && depth > 0, 'depth must be a positive integer');
  check(fault === undefined || fault.steps.length > 0, 'a fault needs a step');
  const rounds = cohort.rounds ?? (fault === undefined ? 0 : cohort.connections);
  check(rounds > 0 || cohort.durationMs !== undefined, 'needs durationMs or rounds');
  const parts = Array.isArray(cohort.request) ? cohort.request : [cohort.request];
  const { bytes, tagAt } = requestBytes(Array.from({ length: depth }, () => parts).flat());
  const hash = /^([0-9a-f]{8})([0-9a-f]{8})$/.exec(expect.bodyHash ?? tagPlace);
  check(hash !== null, 'expect.bodyHash must be 16 hexadecimal digits');
  return {
    address,
    port: cohort.port,
    request: bytes,
    tagAt,
    answers: parts.length * depth,
    headOnly: Buffer.from(bytes.subarray(0, 5)).toString('latin1') === 'HEAD ',
    connections: cohort.connections,
    keepAlive: cohort.keepAlive ?? true,
    openLoop: pacing.mode === 'open',
    poisson: pacing.mode === 'open' && pacing.arrivals === 'poisson',
    rate: pacing.mode === 'open' ? pacing.ratePerSecond : 0,
    thinkNs: pacing.mode === 'closed' ? ns(pacing.thinkMs, 'thinkMs') : 0,
    startNs: ns(cohort.startMs ?? 0, 'startMs'),
    rampNs: ns(cohort.rampMs ?? 0, 'rampMs'),
    durationNs: ns(cohort.durationMs ?? 0, 'durationMs'),
    graceNs: ns(cohort.graceMs ?? (fault === undefined ? 1000 : 0), 'graceMs'),
    timeoutNs: Math.max(1, ns(cohort.timeoutMs ?? 10_000, 'timeoutMs')),
    rounds,
    phaseEndsNs: (cohort.phases ?? []).map((phase) => ns(phase.untilMs, 'untilMs')),
    steps: (fault?.steps ?? []).map((step) => planStep(step, ns)),
    receiveBuffer: fault?.receiveBuffer ?? 0,
    holdNs: ns(fault?.holdMs ?? 0, 'holdMs'),
    expectStatus: expect.status ?? 0,
    expectBodyBytes: expect.bodyBytes ?? -1,
    expectHash: expect.bodyHash !== undefined,
    hashHigh: Number.parseInt(hash?.[1] ?? '0', 16),
    hashLow: Number.parseInt(hash?.[2] ?? '0', 16),
  };
}

function planStep(step: Step, ns: (ms: number, what: string) => number): NativeStep {
  return {
    point: points.indexOf(step.at.point),
    amount: step.at.amount,
    amountSpread: step.at.amountSpread,
    delayNs: ns(step.at.delayMs, 'delayMs'),
    delaySpreadNs: ns(step.at.delaySpreadMs, 'delaySpreadMs'),
    action: actions.indexOf(step.action),
    paceBytes: step.pace?.bytes ?? 1,
    paceNs: ns(step.pace?.everyMs ?? 1, 'everyMs'),
  };
}

/** Joins requests, with room for the tag wherever `{tag}` stood. */
export function requestBytes(parts: readonly (string | Uint8Array)[]): { bytes: Uint8Array; tagAt: number[] } {
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const pieces: Buffer[] = [];
  const tagAt: number[] = [];
  let [from, size] = [0, 0];
  for (let at = whole.indexOf(tagToken); at >= 0; at = whole.indexOf(tagToken, from)) {
    size += at - from;
    tagAt.push(size);
    size += tagPlace.length;
    pieces.push(whole.subarray(from, at), Buffer.from(tagPlace));
    from = at + tagToken.length;
  }
  return { bytes: new Uint8Array(Buffer.concat([...pieces, whole.subarray(from)])), tagAt };
}

/** Bytes of a request's head as it goes out, with its tags filled in. */
export function headBytes(request: string): number {
  return requestBytes([request.slice(0, request.indexOf('\r\n\r\n') + 4)]).bytes.length;
}
