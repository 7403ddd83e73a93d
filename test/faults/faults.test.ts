import { describe, expect, it } from 'vitest';
import {
  afterBody,
  afterChunks,
  afterHead,
  brokenUpload,
  deadOnArrival,
  type Fault,
  fin,
  finUnread,
  halfClose,
  lateFin,
  oneByteReader,
  parkedThenGone,
  rst,
  slowRead,
  slowRequest,
  stall,
  vanish,
} from '../../src/faults/index.js';

/** `action@point:amount` of each step. */
const told = (fault: Fault): string =>
  fault.steps.map(({ action, at }) => `${action}@${at.point}:${at.amount}`).join(' ');

describe('a fault is a value', () => {
  it.each<[Fault, string, string]>([
    [fin(afterChunks(3)), 'fin', 'fin@chunks:3'],
    [rst(afterBody(100)), 'rst', 'rst@body:100'],
    [finUnread(10), 'fin-unread', 'stall@head:0 close@unread:10'],
    [halfClose(afterHead()), 'half-close', 'half-close@head:0'],
    [stall(), 'stall', 'stall@head:0'],
    [parkedThenGone('rst', 50), 'parked-then-gone', 'stall@head:0 rst@previous:0'],
    [slowRead({ pace: { bytes: 10, everyMs: 5 } }), 'slow-read', 'slow-read@connected:0'],
    [oneByteReader(), 'one-byte-reader', 'slow-read@connected:0'],
    [slowRequest(), 'slow-request', 'slow-send@connected:0'],
    [slowRequest({ bytes: 1, everyMs: 1 }, 40), 'slow-request', 'slow-send@uploaded:40'],
    [brokenUpload(80, 'rst'), 'broken-upload-rst', 'rst@uploaded:80'],
    [vanish(afterHead()), 'vanish', 'vanish@head:0'],
    [deadOnArrival(), 'dead-on-arrival', 'rst@sent:0'],
    [lateFin(), 'late-fin', 'fin@end:0'],
  ])('%#: %s', (fault, name, steps) => {
    expect(fault.name).toBe(name);
    expect(told(fault)).toBe(steps);
    expect(structuredClone(fault)).toEqual(fault);
  });
});
