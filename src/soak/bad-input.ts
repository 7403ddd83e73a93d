import { connect } from 'node:net';

/** Requests that must be refused: each with the statuses that are right. */
export const badRequests: readonly { readonly what: string; readonly bytes: string; readonly status: number }[] = [
  { what: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
  { what: 'two Hosts', bytes: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', status: 400 },
  { what: 'bare LF', bytes: 'GET / HTTP/1.1\nHost: a\n\n', status: 400 },
  { what: 'a space before the colon', bytes: 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', status: 400 },
  { what: 'obs-fold', bytes: 'GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n', status: 400 },
  { what: 'a fragment', bytes: 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
  {
    what: 'two lengths',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
    status: 400,
  },
  {
    what: 'a length beside chunks',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
  },
  { what: 'another version', bytes: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', status: 505 },
  { what: 'CONNECT', bytes: 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', status: 501 },
  { what: 'a long target', bytes: `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, status: 414 },
  { what: 'a long field', bytes: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'b'.repeat(20_000)}\r\n\r\n`, status: 431 },
  { what: 'an unknown expectation', bytes: 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n', status: 417 },
  {
    what: 'a large body',
    bytes: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(60_000)}`,
    status: 413,
  },
];

const deadlineMs = 5000;

/** @returns the status of the answer; null: none could be read, or the connection did not end */
export function ask(port: number, bytes: string): Promise<number | null> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.destroy(), deadlineMs);
    let ended = false;
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(bytes, 'latin1'));
    socket.on('data', (text) => {
      received += text;
    });
    socket.on('end', () => {
      ended = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const status = /^HTTP\/1\.1 (\d{3}) .*\r\n\r\n/s.exec(received)?.[1];
      resolve(ended && status !== undefined ? Number(status) : null);
    });
  });
}

export interface BadInputCount {
  sent: number;
  /** Not answered as they should be, by what they were. */
  readonly wrong: Record<string, number>;
}

/** Sends one after the other, over and over, until the signal, and counts them. */
export async function sendBadInput(
  port: number,
  pauseMs: number,
  signal: AbortSignal,
  count: BadInputCount,
): Promise<void> {
  while (!signal.aborted)
    for (const { what, bytes, status } of badRequests) {
      if (signal.aborted) break;
      const got = await ask(port, bytes);
      count.sent++;
      if (got !== status) count.wrong[`${what}: ${got}`] = (count.wrong[`${what}: ${got}`] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
}
