import * as faults from '../faults/index.js';
import type { ClientEntry } from '../ledger/books.js';
import type { ClientReport, Cohort } from '../traffic/client.js';
import { idField } from './ledger-app.js';

const { afterBody, afterChunks, afterHead, afterSent, onConnected } = faults;
const soon = { delayMs: 1, delaySpreadMs: 200 };

/** Every kind of fault, at moments drawn from the seed; the requests that they spoil. */
function kinds(): { readonly fault: faults.Fault; readonly target: string; readonly uploads?: number }[] {
  const paced = '/chunks?count=50&ms=20';
  const large = '/chunks?count=200&ms=0&bytes=20000';
  return [
    { fault: faults.fin(afterChunks(1, { spread: 20 })), target: paced },
    { fault: faults.fin(afterSent(soon)), target: '/empty?count=1000' },
    { fault: faults.finUnread(), target: large },
    { fault: faults.rst(afterBody(10, { spread: 2000 })), target: paced },
    { fault: faults.rst(onConnected(soon)), target: paced },
    { fault: faults.halfClose(afterHead(soon)), target: paced },
    { fault: faults.lateFin(), target: '/chunks?count=5&ms=10' },
    { fault: faults.stall({ holdMs: 3000 }), target: large },
    { fault: faults.parkedThenGone('rst', 500), target: large },
    { fault: faults.parkedThenGone('close', 500), target: large },
    { fault: faults.slowRead({ pace: { bytes: 2000, everyMs: 20 } }), target: large },
    { fault: faults.oneByteReader(5), target: '/chunks?count=5' },
    { fault: faults.slowRequest({ bytes: 4, everyMs: 10 }), target: '/chunks?count=5' },
    { fault: faults.brokenUpload(400, 'fin', soon), target: '/upload', uploads: 4000 },
    { fault: faults.brokenUpload(400, 'rst', soon), target: '/upload', uploads: 4000 },
    { fault: faults.brokenUpload(400, 'half-close', soon), target: '/upload', uploads: 4000 },
    { fault: faults.deadOnArrival(), target: paced },
    { fault: faults.vanish(afterChunks(2), 3000), target: paced },
  ];
}

function request(host: string, id: string, target: string, uploads?: number): string {
  const head = `Host: ${host}\r\n${idField}: ${id}{tag}\r\n`;
  if (uploads === undefined) return `GET ${target} HTTP/1.1\r\n${head}\r\n`;
  return `POST ${target} HTTP/1.1\r\n${head}Content-Length: ${uploads}\r\n\r\n${'u'.repeat(uploads)}`;
}

/** So many connections of each kind, one fault each, spread over `rampMs`. */
export function faultCohorts(address: { host: string; port: number }, each: number, rampMs: number): Cohort[] {
  return kinds().map(({ fault, target, uploads }, i) => ({
    id: `${fault.name}-${i}`,
    ...address,
    request: request(address.host, 'f', target, uploads),
    connections: each,
    pacing: { mode: 'closed', thinkMs: 0 },
    fault,
    rampMs,
    timeoutMs: 8000,
  }));
}

/** Connections whose response began, and has nothing more to say. They stay until the run is stopped. */
export function idleCohort(address: { host: string; port: number }, connections: number, rampMs: number): Cohort {
  return {
    id: 'idle',
    ...address,
    request: request(address.host, 'i', '/idle'),
    connections,
    pacing: { mode: 'closed', thinkMs: 0 },
    fault: faults.stall(),
    rampMs,
    timeoutMs: 1e8,
  };
}

/**
 * What the books say of clients that misbehave: whoever did not get its whole response has itself to blame, whether it left
 * or was too slow.
 *
 * @param prefix what stands before the tag in the ids
 */
export function faultEntries({ cohorts }: ClientReport, prefix: string): ClientEntry[] {
  const complete = new Map<string, boolean>();
  for (const { samples } of cohorts)
    for (const { tag, receipt } of samples) complete.set(tag, (complete.get(tag) ?? false) || receipt.bodyComplete);
  return [...complete].map(([tag, whole]) => ({
    id: `${prefix}${tag}`,
    end: whole ? 'complete' : 'left',
    chunks: null,
    wrong: [],
  }));
}
