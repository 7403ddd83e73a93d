import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Gateway } from '../gateway/core.js';
import type { App } from '../gateway/types.js';
import type { Engine, EngineOptions, Server, ServerStats } from './engine.js';
import { NodeConnection } from './node-connection.js';
import { NodeExchange } from './node-exchange.js';
import { NodeHost } from './node-host.js';

/** Carries exchanges over node:http: every platform, and the control in every experiment. Its limits: docs/limits.md. */
export const nodeEngine: Engine = {
  name: 'node',
  async listen(app, options) {
    const server = new NodeServer(options);
    await server.listen(app);
    return server;
  },
};

class NodeServer implements Server {
  readonly engine = 'node';
  address = '';
  port = 0;
  readonly #http: http.Server;
  readonly #connections = new Map<Socket, NodeConnection>();
  #host!: NodeHost;
  #closed: Promise<void> | null = null;

  constructor(readonly options: EngineOptions) {
    const { headTimeoutMs } = options;
    this.#http = http.createServer({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: options.keepAliveProbe.idleMs,
      connectionsCheckingInterval: Math.max(10, Math.min(500, headTimeoutMs / 10)),
      headersTimeout: headTimeoutMs,
      requestTimeout: 0, // a long upload is the body timeout's business
      keepAliveTimeout: options.keepAliveTimeoutMs,
    });
    this.#http.timeout = options.stallTimeoutMs;
    this.#http.maxConnections = options.maxConnections;
    // Not in the documentation, but there since 2011: a FIN does not end the response (rule 9).
    Object.assign(this.#http, { httpAllowHalfOpen: true });
    this.#http.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#http.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#http.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    this.#http.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#onClientError(error, socket as Socket),
    );
    this.#http.on('timeout', (socket: Socket) => this.#connections.get(socket)?.onSilence());
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
        resolve();
      });
    });
  }

  #onConnection(socket: Socket): void {
    this.#host.accepted++;
    this.#connections.set(socket, new NodeConnection(socket, this.#host));
    socket.on('close', () => this.#connections.delete(socket));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    const connection = this.#connections.get(request.socket);
    if (!connection) return;
    if (request.httpVersionMajor !== 1) return connection.refuse(505);
    if (Number(request.headers['content-length'] ?? 0) > this.options.maxBodyBytes) return connection.refuse(413);
    connection.add(new NodeExchange(connection, request, response, expects));
  }

  /** Only what the parser and its timer complain about: errors of the socket itself are the connection's. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.get(socket);
    const code = error.code ?? '';
    if (!connection || (!code.startsWith('HPE_') && !code.startsWith('ERR_HTTP'))) return;
    if (code === 'HPE_INVALID_EOF_STATE') connection.onCutShort();
    else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') connection.refuse(408);
    else if (code === 'HPE_HEADER_OVERFLOW') connection.refuse(431);
    else if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') connection.refuse(413);
    else connection.refuse(400);
  }

  close({ graceMs = 30_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#http.close(() => resolve());
      for (const connection of this.#connections.values()) connection.drain();
    });
    const cut = setTimeout(() => {
      for (const connection of this.#connections.values()) {
        connection.lost({ kind: 'shutdown' });
        connection.abort('reset');
      }
    }, graceMs);
    return this.#closed.finally(() => clearTimeout(cut));
  }

  stats(): ServerStats {
    const { accepted, requests, refused, disconnects } = this.#host;
    return {
      connections: this.#connections.size,
      accepted,
      requests,
      refused: { ...refused },
      disconnects: { ...disconnects },
    };
  }
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
