import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from '../engines/engine.js';
import { CONTENT_TYPE, exposition, type Figures } from './exposition.js';

/** A page of figures on a port of its own. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`. Nothing is counted for it: it reads what the servers count anyway, when it is asked.
 *
 * @param port 0: any free one
 * @throws Error with `code` when it cannot listen
 */
export async function serveMetrics(
  host: string,
  port: number,
  collect: () => readonly Figures[] | Promise<readonly Figures[]>,
): Promise<MetricsServer> {
  const server = http.createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    void answer(request, response, collect);
  });
  server.maxConnections = 32; // a page for a few readers must not eat up the descriptors of those it tells of
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { method = '', url = '' }: http.IncomingMessage,
  response: http.ServerResponse,
  collect: () => readonly Figures[] | Promise<readonly Figures[]>,
): Promise<void> {
  if (url.replace(/\?.*/s, '') !== '/metrics') return void response.writeHead(404).end('the figures are at /metrics\n');
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
  try {
    response.setHeader('content-type', CONTENT_TYPE);
    response.end(exposition(await collect()));
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error}\n`);
  }
}

/** `server` with a page of its figures, which is there until its last connection is gone. */
export async function withMetrics(server: Server, host: string, port: number): Promise<Server> {
  const collect = () => [{ labels: {}, stats: server.stats() }];
  let metrics: MetricsServer;
  try {
    metrics = await serveMetrics(host, port, collect);
  } catch (error) {
    await server.close({ graceMs: 0 });
    throw error;
  }
  return {
    engine: server.engine,
    address: server.address,
    port: server.port,
    metricsPort: metrics.port,
    close: (options) => server.close(options).finally(() => metrics.close()),
    stats: () => server.stats(),
  };
}
