import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import type { CohortReport } from '../../src/traffic/client.js';
import { type Cohort, runCohorts } from '../../src/traffic/client.js';

/** Rejects with the label when `work` takes longer. */
export async function within<T>(label: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${label}: not within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * Listens on a free port until the test is over. The queue holds the largest crowd of the tests: behind a full one the kernel forgets
 * half-open connections early and resets the client when it speaks.
 */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await within('listening', 2000, once(server, 'listening'));
  return (server.address() as AddressInfo).port;
}

/** A TCP server that hands over each connection with its half-close left to the handler. */
export function tcpServer(handler: (socket: net.Socket) => void): Promise<number> {
  return listen(
    net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      handler(socket);
    }),
  );
}

export function httpServer(handler: http.RequestListener): Promise<number> {
  return listen(http.createServer(handler));
}

/** Answers every request head with these bytes. */
export function answering(bytes: string | Buffer): Promise<number> {
  return tcpServer((socket) => {
    let seen = '';
    socket.on('data', (data) => {
      seen += data.toString('latin1');
      for (let end = seen.indexOf('\r\n\r\n'); end >= 0; end = seen.indexOf('\r\n\r\n')) {
        seen = seen.slice(end + 4);
        socket.write(bytes);
      }
    });
    socket.on('end', () => socket.end());
  });
}

export const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: test\r\nX-Halfopen-Tag: {tag}\r\n\r\n`;

export const closed = { mode: 'closed', thinkMs: 0 } as const;

/** One cohort by itself, with a deadline. */
export async function runOne(
  cohort: Partial<Cohort> & Pick<Cohort, 'port'>,
  { seed = 1, deadlineMs = 5000 } = {},
): Promise<CohortReport> {
  const whole: Cohort = { id: 'c', host: '127.0.0.1', request: get(), connections: 1, pacing: closed, ...cohort };
  const report = await within('the run', deadlineMs + 1000, runCohorts([whole], { seed, deadlineMs }));
  return report.cohorts[0]!;
}
