import { connect } from 'node:net';
import type { ProbeReader } from './reader.js';

/** What is known of one moment: CLOCK_MONOTONIC was between these two when the target's clock was `t`. Nanoseconds. */
export interface Bracket {
  readonly fromNs: number;
  readonly untilNs: number;
  readonly t: number;
}

export interface ClockOffset {
  /** To be added to the target's times. */
  readonly offsetNs: number;
  /** How far off that may be, either way. */
  readonly uncertaintyNs: number;
}

/** @returns null when no offset fits all moments: the clocks run apart, or there is no moment */
export function clockOffset(brackets: readonly Bracket[]): ClockOffset | null {
  const least = Math.max(...brackets.map(({ fromNs, t }) => fromNs - t));
  const most = Math.min(...brackets.map(({ untilNs, t }) => untilNs - t));
  if (brackets.length === 0 || least > most) return null;
  return { offsetNs: (least + most) / 2, uncertaintyNs: (most - least) / 2 };
}

const questions = 24;
const answerWithinMs = 1000;

/**
 * Finds out what the target's clock shows in terms of CLOCK_MONOTONIC: its application is called after the testbed has
 * sent a request, and before it gets an answer.
 *
 * @throws Error when the target's clock cannot be used
 */
export async function calibrate(host: string, port: number, path: string, probe: ProbeReader): Promise<ClockOffset> {
  const asked = new Map<string, Omit<Bracket, 't'>>();
  for (let i = 0; i < questions; i++) {
    const tag = `clock-${i}`;
    const answer = await askOnce(host, port, path, tag);
    if (answer) asked.set(tag, answer);
  }
  const told = () => probe.only('request').filter(({ tag }) => asked.has(tag));
  await probe.until(() => told().length >= asked.size, answerWithinMs);
  const found = clockOffset(told().map(({ tag, t }) => ({ ...asked.get(tag)!, t })));
  if (found === null)
    throw new Error(
      'the target’s clock cannot be told from its requests: it tells of none, or its clock runs at another rate',
    );
  return found;
}

function askOnce(host: string, port: number, path: string, tag: string): Promise<Omit<Bracket, 't'> | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const now = () => Number(process.hrtime.bigint());
    let fromNs = 0;
    const finish = (found: Omit<Bracket, 't'> | null) => {
      clearTimeout(late);
      socket.destroy();
      resolve(found);
    };
    const late = setTimeout(finish, answerWithinMs, null);
    socket.on('error', () => finish(null));
    socket.on('connect', () => {
      fromNs = now();
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\nx-halfopen-tag: ${tag}\r\n\r\n`);
    });
    socket.on('data', () => finish({ fromNs, untilNs: now() }));
  });
}
