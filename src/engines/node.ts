import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Gateway } from '../gateway/core.js';
import type { Limits } from '../gateway/limits.js';
import type { App } from '../gateway/types.js';
import { type Engine, type EngineOptions, RELEASE_MS, type Server, type ServerStats } from './engine.js';
import { NodeConnection } from './node-connection.js';
import { NodeExchange } from './node-exchange.js';
import { NodeHost } from './node-host.js';
import { stallLookMs } from './node-stall.js';
import { faultOf } from './node-strict.js';

/** Carries exchanges over node:http: every platform, and the control in every experiment. Its limits: docs/limits.md. */
export const nodeEngine: Engine = {
  name: 'node',
  async listen(app, options) {
    const server = new NodeServer(options);
    await server.listen(app);
    return server;
  },
};

/** A walk over all connections, while new ones keep coming. */
const REAP_EVERY_MS = 100;

class NodeServer implements Server {
  readonly engine = 'node';
  address = '';
  port = 0;
  readonly #http: http.Server;
  readonly #connections = new Map<Socket, NodeConnection>();
  #host!: NodeHost;
  #closed: Promise<void> | null = null;
  /** Connections that the runtime turned away, as too many were open. */
  #dropped = 0;
  #reaping = false;

  constructor(readonly options: EngineOptions) {
    const { headTimeoutMs } = options;
    this.#http = http.createServer({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: options.keepAliveProbe.idleMs,
      connectionsCheckingInterval: Math.max(10, Math.min(500, headTimeoutMs / 10)),
      headersTimeout: headTimeoutMs,
      maxHeaderSize: options.maxHeadBytes,
      requestTimeout: 0, // a long upload is the body timeout's business
      keepAliveTimeout: options.keepAliveTimeoutMs,
    });
    this.#http.maxConnections = options.maxConnections;
    this.#http.maxHeadersCount = 0; // any number: those beyond a count would be dropped, not refused
    this.#http.on('drop', () => {
      this.#dropped++;
    });
    // Not in the documentation, but there since 2011: a FIN does not end the response (rule 9).
    Object.assign(this.#http, { httpAllowHalfOpen: true });
    // On close() the runtime counts a response as over when its body is, and would destroy what is on its way to a slow
    // client at once, as if it had been delivered. Which connections are idle is drain()'s to say.
    this.#http.closeIdleConnections = () => {};
    this.#http.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#http.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#http.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    this.#http.on('checkExpectation', (request, response) => this.#onRequest(request, response, false));
    this.#http.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#onClientError(error, socket as Socket),
    );
  }

  listen(app: App): Promise<void> {
    const { options } = this;
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen({ host: options.host, port: options.port, backlog: options.backlog, ...reuse(options) }, () => {
        this.#http.off('error', reject);
        this.#http.on('error', (error) => options.log.error('the listening socket failed', error));
        ({ address: this.address, port: this.port } = this.#http.address() as AddressInfo);
        const { multithread, multiprocess } = options;
        const facts = {
          scheme: 'http',
          serverName: options.host,
          serverPort: this.port,
          multithread,
          multiprocess,
        } as const;
        this.#host = new NodeHost(options, new Gateway(app, options.policy, options.log, facts));
        this.#watchStalls();
        resolve();
      });
    });
  }

  #watchStalls(): void {
    const look = (): void => {
      const now = performance.now();
      for (const connection of this.#connections.values()) connection.look(now);
    };
    const looking = setInterval(look, stallLookMs(this.options.stallTimeoutMs)).unref();
    this.#http.on('close', () => clearInterval(looking));
  }

  #onConnection(socket: Socket): void {
    this.#host.accepted++;
    this.#connections.set(socket, new NodeConnection(socket, this.#host));
    this.#adjust();
    socket.on('close', () => {
      this.#connections.delete(socket);
      this.#adjust();
    });
  }

  /** Idle connections are kept for less when nine tenths of those allowed are open, and the longest idle make room. */
  #adjust(): void {
    const { maxConnections, keepAliveTimeoutMs, keepAlivePressureMs } = this.options;
    const excess = this.#connections.size - Math.ceil(0.9 * maxConnections);
    this.#http.keepAliveTimeout = excess >= 0 ? keepAlivePressureMs : keepAliveTimeoutMs;
    if (excess < 0 || this.#reaping) return;
    this.#reaping = true;
    setTimeout(() => {
      this.#reaping = false;
      this.#adjust();
    }, REAP_EVERY_MS).unref();
    const now = performance.now();
    const waiting = [...this.#connections.values()]
      .filter((each) => !each.current && !each.closing && now - each.idleSince >= keepAlivePressureMs)
      .sort((a, b) => a.idleSince - b.idleSince);
    for (const each of waiting.slice(0, excess + 1)) {
      this.#host.closed.pressure++;
      each.socket.destroy();
    }
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    const connection = this.#connections.get(request.socket);
    if (!connection) return;
    const status = this.#refusalOf(request);
    if (status) return connection.refuse(status, request.method === 'HEAD');
    connection.add(new NodeExchange(connection, request, response, expects));
  }

  /** The status for a request that is not passed on, or 0. */
  #refusalOf(request: IncomingMessage): number {
    if (request.httpVersionMajor !== 1) return 505;
    const { maxInFlight } = this.options;
    const fault = excessOf(request, this.options) || faultOf(request);
    return fault || (maxInFlight && this.#host.inFlight >= maxInFlight ? 503 : 0);
  }

  /** Only what the parser and its timer complain about: errors of the socket itself are the connection's. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.get(socket);
    const code = error.code ?? '';
    if (!connection || (!code.startsWith('HPE_') && !code.startsWith('ERR_HTTP'))) return;
    if (code === 'HPE_INVALID_EOF_STATE') connection.onCutShort();
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) connection.closeSilent();
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') connection.refuse(408);
    else if (code === 'HPE_HEADER_OVERFLOW') connection.refuse(431);
    else if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') connection.refuse(413);
    else connection.refuse(400);
  }

  close({ graceMs = 30_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      // A turn later: where the signal was asked for, the bodies of connections cut just now are let go of after it (rule 4).
      this.#http.close(() => setImmediate(() => resolve(this.#host.gateway.released(RELEASE_MS))));
      for (const connection of this.#connections.values()) connection.drain();
    });
    const cut = setTimeout(() => {
      for (const connection of this.#connections.values()) {
        if (connection.current) this.#host.closed.drain++;
        connection.lost({ kind: 'shutdown' });
        connection.abort('reset');
      }
    }, graceMs);
    return this.#closed.finally(() => clearTimeout(cut));
  }

  stats(): ServerStats {
    const { accepted, requests, inFlight, refused, disconnects, closed } = this.#host;
    const states: Record<string, number> = { silent: 0, active: 0, idle: 0, lingering: 0 };
    const waiting: Record<string, number> = { backoff: 0, drain: 0 };
    let queuedBytes = 0;
    for (const { state, current } of this.#connections.values()) {
      states[state]!++;
      if (current?.waitsFor) waiting[current.waitsFor]!++;
      queuedBytes += current?.unsent ?? 0;
    }
    return {
      connections: this.#connections.size,
      accepted,
      requests,
      inFlight,
      refused: { ...refused },
      disconnects: { ...disconnects },
      states,
      closed: { ...closed },
      waiting,
      queuedBytes,
      acceptPauses: { full: this.#dropped },
    };
  }
}

/** The status for a request that is larger than may be, or 0. What the runtime's parser refuses does not come so far. */
function excessOf({ method = '', url = '', rawHeaders, headers }: IncomingMessage, limits: Limits): number {
  if (method.length > limits.maxMethodBytes) return 501;
  if (method.length + url.length + ' '.length + ' HTTP/1.1'.length > limits.maxRequestLineBytes) return 414;
  if (rawHeaders.length > 2 * limits.maxFields) return 431;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.length + ': '.length + rawHeaders[i + 1]!.length > limits.maxFieldBytes) return 431;
  return Number(headers['content-length'] ?? 0) > limits.maxBodyBytes ? 413 : 0;
}

/** @throws Error on a Node that cannot: without this option the second process would fail to listen, or starve */
function reuse({ reusePort }: EngineOptions): { reusePort?: true } {
  if (!reusePort) return {};
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)) return { reusePort: true };
  throw new Error(
    `reusePort needs Node.js 22.12, this is ${process.versions.node}; the native engine has no such limit`,
  );
}
