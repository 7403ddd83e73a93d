import type { Socket } from 'node:net';
import type { CloseReason } from '../gateway/types.js';
import type { NodeExchange } from './node-exchange.js';
import type { NodeHost } from './node-host.js';
import { StallWatch } from './node-stall.js';
import { skipsWhatFollows } from './node-strict.js';

const PROTOCOL: CloseReason = { kind: 'client-reset', errno: 'EPROTO' };
const VANISHED = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

const RESET: CloseReason = { kind: 'client-reset', errno: 'ECONNRESET' };

/**
 * libuv reports a RST that is found together with data as the end of the stream, but such a socket has no peer any more.
 * `socket.remoteAddress` would answer from its memory, so the handle is asked; where it can't be, a FIN is assumed.
 */
function hasPeer(socket: Socket & { readonly _handle?: { getpeername?(out: object): number } | null }): boolean {
  return !socket._handle?.getpeername?.({});
}

/** What an errno of a socket says about its peer (rule 11). */
export function reasonFor(errno: string | undefined): CloseReason {
  if (errno === undefined) return { kind: 'client-reset' };
  return { kind: VANISHED.has(errno) ? 'client-vanished' : 'client-reset', errno };
}

/**
 * One client's connection: its requests are answered one after the other, and what happens at the socket is told to the
 * exchange in progress.
 */
export class NodeConnection {
  current: NodeExchange | null = null;
  /** No further request is served. */
  closing = false;
  /** Why the connection is dead, or null. */
  lostBy: CloseReason | null = null;
  readonly remote: { address: string; port: number };
  readonly #stall: StallWatch;
  #waiting: NodeExchange[] = [];
  #fin = false;
  /** No further request will come. */
  #inputEnded = false;
  /** What comes behind the last request is not what the client sent: see `skipsWhatFollows`. */
  #deaf = false;
  /** Status of a refusal owed after the pending answers. */
  #refusal = 0;
  /** It is to a HEAD, whose client takes no body. */
  #bodyless = false;
  /** Its share in `host.inFlight`. */
  #inFlight = 0;
  /** Since when no request is being answered. */
  idleSince = performance.now();

  constructor(
    readonly socket: Socket,
    readonly host: NodeHost,
  ) {
    this.remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#stall = new StallWatch(socket);
    socket.on('end', () => this.#onFin());
    socket.on('error', (error: NodeJS.ErrnoException) => this.lost(reasonFor(error.code)));
    socket.on('close', () => this.lost(reasonFor(undefined)));
    this.#awaitFirstByte();
  }

  #awaitFirstByte(): void {
    const { socket } = this;
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) this.closeSilent();
    }, this.host.options.firstByteTimeoutMs).unref();
    socket.on('close', () => clearTimeout(timer));
  }

  /** Nothing came in time. */
  closeSilent(): void {
    this.host.closed.silent++;
    this.socket.destroy();
  }

  /** How the connection is doing, for the statistics. */
  get state(): 'silent' | 'active' | 'idle' | 'lingering' {
    if (this.current) return 'active';
    if (this.closing) return 'lingering';
    return this.socket.bytesRead === 0 ? 'silent' : 'idle';
  }

  /** Whether the socket is read. node:http takes bytes from the handle itself, past `socket.pause()`. */
  #read(on: boolean): void {
    const { _handle: handle } = this.socket as Socket & { readonly _handle?: Record<string, unknown> | null };
    const call = handle?.[on ? 'readStart' : 'readStop'];
    if (typeof call === 'function') call.call(handle);
  }

  #recount(): void {
    const count = (this.current ? 1 : 0) + this.#waiting.length;
    this.host.inFlight += count - this.#inFlight;
    this.#inFlight = count;
  }

  /** A request came. */
  add(exchange: NodeExchange): void {
    if (this.closing || this.#inputEnded || this.#refusal) return;
    this.#deaf = this.#inputEnded = skipsWhatFollows(exchange.request);
    exchange.response.on('finish', () => this.#done(exchange));
    if (this.current) {
      if (this.#waiting.push(exchange) === this.host.options.pipelineRequests) this.#read(false);
      this.#recount();
    } else this.#begin(exchange);
  }

  #begin(exchange: NodeExchange): void {
    this.current = exchange;
    this.#recount();
    this.host.requests++;
    exchange.begin();
    if (this.#fin) exchange.onPeerFin();
  }

  /** The last byte of the response was handed to the kernel. */
  #done(exchange: NodeExchange): void {
    if (this.current !== exchange) return;
    exchange.handedOver();
    this.current = null;
    this.idleSince = performance.now();
    this.#recount();
    const { bodyOpen } = exchange;
    if (bodyOpen) this.#skipBody(exchange);
    if (this.closing) return this.#close(bodyOpen);
    const next = this.#waiting.shift();
    if (next) {
      if (this.#waiting.length === this.host.options.pipelineRequests - 1) this.#read(true);
      this.#begin(next);
    } else if (this.#refusal) this.#refuseNow(this.#refusal);
    else if (this.#inputEnded) this.#close(false);
  }

  /** Whether the connection ends with this response. */
  endsWith(exchange: NodeExchange): boolean {
    return this.closing || (this.#inputEnded && this.#waiting.length === 0 && this.current === exchange);
  }

  /** The response ended before the request body: the rest of it is read and dropped, up to the limit for bodies. */
  #skipBody({ request }: NodeExchange): void {
    let left = this.host.options.maxBodyBytes;
    request.removeAllListeners('data').on('data', (bytes: Buffer) => {
      left -= bytes.length;
      if (left < 0) this.socket.destroy();
    });
    request.resume();
  }

  #onFin(): void {
    this.#fin = this.#inputEnded = true;
    if (!hasPeer(this.socket)) {
      this.lost(RESET);
      return void this.socket.destroy();
    }
    if (this.current) this.current.onPeerFin();
    else if (!this.socket.destroyed) this.socket.end();
  }

  /** The connection is dead, or is to be treated as such. */
  lost(reason: CloseReason): void {
    this.lostBy ??= reason;
    const { current } = this;
    this.#waiting = [];
    this.closing = true;
    current?.leave(reason);
    this.current = null;
    this.#recount();
  }

  /** Ends the connection in the middle of a response. `flush`: after what is queued. */
  abort(how: 'flush' | 'close' | 'reset'): void {
    this.current = null;
    this.#waiting = [];
    this.closing = true;
    this.#recount();
    if (this.socket.destroyed) return;
    if (how === 'reset') this.socket.resetAndDestroy();
    else if (how === 'close') this.socket.destroy();
    else this.socket.destroySoon();
  }

  /** The response in progress is the last one. */
  closeAfter(): void {
    this.closing = true;
  }

  /** The server stops. */
  drain(): void {
    this.closing = true;
    if (!this.current) this.socket.destroySoon();
  }

  /** The FIN came in the middle of a request. */
  onCutShort(): void {
    this.#inputEnded = true;
    this.#uploading()?.breakBody(hasPeer(this.socket) ? { kind: 'client-fin' } : RESET);
  }

  /** The last request, if its body is still coming: only that one can be. */
  #uploading(): NodeExchange | undefined {
    const last = this.#waiting.at(-1) ?? this.current;
    return last?.bodyOpen ? last : undefined;
  }

  /** What was read is refused: by an answer of the server's own, after the answers that are owed. */
  refuse(status: number, bodyless = false): void {
    if (this.closing || this.#refusal) return;
    this.#bodyless = bodyless;
    const broken = this.#uploading();
    if (broken) return this.refuseBody(broken, status);
    if (this.#deaf) return;
    this.#refusal = status;
    if (!this.current) this.#refuseNow(status);
  }

  /** The body's framing is wrong, or it is too large: the client gets the status if no answer has begun. */
  refuseBody(exchange: NodeExchange, status: number): void {
    if (exchange !== this.current) {
      this.#waiting.pop();
      this.#recount();
      this.#refusal = status;
    } else if (exchange.begun) {
      this.lost(PROTOCOL);
      this.abort('reset');
    } else {
      exchange.detached = true;
      this.lost(PROTOCOL);
      this.#refuseNow(status);
    }
  }

  #refuseNow(status: number): void {
    this.closing = true;
    this.host.count(this.host.refused, status);
    if (!this.socket.writable) return void this.socket.destroy();
    const text = REFUSALS[status] ?? 'Bad Request';
    this.socket.write(
      `HTTP/1.1 ${status} ${text}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n` +
        `${status === 503 ? 'Retry-After: 1\r\n' : ''}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length + 1}\r\n\r\n${this.#bodyless ? '' : `${text}\n`}`,
    );
    this.#close(true);
  }

  /** @param linger the client may be sending: it is listened to for a while, so that no RST destroys the last answer */
  #close(linger: boolean): void {
    if (linger) this.#linger();
    else this.socket.destroySoon();
  }

  /** node:http closes after the response in progress; makes that a lingering close. */
  lingerOnClose(): void {
    this.socket.destroySoon = () => this.#linger();
  }

  #linger(): void {
    const { lingerIdleMs, lingerTimeoutMs, maxLingerBytes } = this.host.options;
    const { socket } = this;
    const from = socket.bytesRead;
    let seen = from;
    socket.end();
    // Looks now and then: nothing else tells what is read and dropped.
    const look = setInterval(() => {
      if (socket.bytesRead === seen || socket.bytesRead - from > maxLingerBytes) socket.destroy();
      seen = socket.bytesRead;
    }, lingerIdleMs).unref();
    const last = setTimeout(() => socket.destroy(), lingerTimeoutMs).unref();
    socket.on('close', () => {
      clearInterval(look);
      clearTimeout(last);
    });
  }

  /** Now and then, see `stallLookMs`: ends a connection whose bytes nobody took for the stall timeout. */
  look(now: number): void {
    if (this.#stall.stillMs(this.current?.unsent ?? 0, now) < this.host.options.stallTimeoutMs) return;
    this.host.closed.stalled++;
    this.lost({ kind: 'write-stalled' });
    this.abort('reset');
  }
}

const REFUSALS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};
