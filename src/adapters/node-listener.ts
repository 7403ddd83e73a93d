import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { NodeConnection } from '../engines/node-connection.js';
import { NodeExchange } from '../engines/node-exchange.js';
import { NodeHost } from '../engines/node-host.js';
import { Gateway } from '../gateway/core.js';
import { ContractError, describe } from '../gateway/errors.js';
import type { RequestInput } from '../gateway/input.js';
import { checkOptions, type ServeOptions } from '../gateway/options.js';
import type { App } from '../gateway/types.js';

/** What of `serve()`'s options is the application's business; the rest is that of the host's server. */
export type ListenerOptions = Pick<
  ServeOptions,
  | 'highWaterMark'
  | 'lowWaterMark'
  | 'turnChunks'
  | 'turnBytes'
  | 'backoff'
  | 'closeDeadlineMs'
  | 'log'
  | 'coalesce'
  | 'bodyTimeoutMs'
  | 'maxBodyBytes'
>;

/** For `http.createServer()`. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/** For Express's `app.use()`, and for what calls middleware its way. It never calls `next`: the application answers. */
export type Middleware = (
  request: IncomingMessage & { baseUrl?: string },
  response: ServerResponse,
  next?: unknown,
) => void;

/**
 * An application as a listener of a node:http or node:https server (rule 37). The contract holds as on the node engine; a
 * FIN is a disconnect, for such servers end their own side when it comes.
 *
 * @throws TypeError, RangeError for wrong arguments, naming them
 */
export function toNodeListener(app: App, options: ListenerOptions = {}): NodeListener {
  return toMiddleware(app, options);
}

/**
 * An application as middleware of Express, and of Fastify (`reply.hijack()` in an `onRequest` hook, before a body parser has
 * taken the body). Where it is mounted is `environ.scriptName` (rule 37).
 *
 * @throws TypeError, RangeError for wrong arguments, naming them
 */
export function toMiddleware(app: App, options: ListenerOptions = {}): Middleware {
  if (typeof app !== 'function')
    throw new TypeError(`app must be a function (environ, start) => body, got ${describe(app)}`);
  const guest = new Guest(app, checkOptions(options));
  return (request, response) => guest.serve(request, response);
}

/** An application inside of someone else's server. */
class Guest {
  readonly #hosts = new Map<string, NodeHost>();
  readonly #connections = new WeakMap<Socket, NodeConnection>();

  constructor(
    readonly app: App,
    readonly options: ReturnType<typeof checkOptions>,
  ) {}

  serve(request: IncomingMessage & { baseUrl?: string }, response: ServerResponse): void {
    const { socket } = request;
    if (socket.destroyed) return; // it left while others had the request
    if (Number(request.headers['content-length'] ?? 0) > this.options.maxBodyBytes) {
      response.writeHead(413, { connection: 'close' }).end('Content Too Large\n');
      return;
    }
    const exchange = new GuestExchange(this.#connection(socket), request, response, false);
    exchange.connection.add(exchange);
    if (socket.readableEnded) exchange.onPeerFin();
  }

  #connection(socket: Socket): NodeConnection {
    let connection = this.#connections.get(socket);
    if (!connection) {
      connection = new NodeConnection(socket, this.#host(socket));
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  /** One for each port: what is true for every request differs. */
  #host(socket: Socket & { encrypted?: boolean }): NodeHost {
    const scheme = socket.encrypted ? 'https' : 'http';
    const serverName = socket.localAddress ?? '';
    const serverPort = socket.localPort ?? 0;
    const key = `${scheme} ${serverName} ${serverPort}`;
    let host = this.#hosts.get(key);
    if (!host) {
      const { policy, log, multithread, multiprocess } = this.options;
      const facts = { scheme, serverName, serverPort, multithread, multiprocess } as const;
      host = new NodeHost(this.options, new Gateway(this.app, policy, log, facts));
      this.#hosts.set(key, host);
    }
    return host;
  }
}

class GuestExchange extends NodeExchange {
  // Kept: a router changes `url` and `baseUrl` on the way back.
  readonly #mount: string;
  readonly #path: string;
  readonly #query: string;

  constructor(
    connection: NodeConnection,
    request: IncomingMessage & { baseUrl?: string },
    response: ServerResponse,
    expects: boolean,
  ) {
    super(connection, request, response, expects);
    this.#mount = request.baseUrl ?? '';
    this.#path = super.path;
    this.#query = super.query;
  }

  override get scriptName(): string {
    return this.#mount;
  }
  override get path(): string {
    return this.#path;
  }
  override get query(): string {
    return this.#query;
  }

  override openInput(): RequestInput {
    const { request } = this;
    // A body parser was here before: what it took is not the end of a file (rule 26).
    const taken = request.readableEnded || request.readableDidRead;
    const input = super.openInput();
    if (taken && input.state === 'open') {
      const expected = 'a request body that nobody has read';
      const error = new ContractError(25, expected, 'one that middleware before the application has read');
      this.gateway.log.error(`${this.method} ${this.path}: ${error.message}`);
      input.fail({ kind: 'app-error' });
    }
    return input;
  }
}
