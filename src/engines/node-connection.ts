import type { Socket } from 'node:net';
import type { CloseReason } from '../gateway/types.js';
import type { NodeExchange } from './node-exchange.js';
import type { NodeHost } from './node-host.js';

/** Unanswered requests behind the current one before nothing more is read. */
const PIPELINE = 8;
/** How long a client may go on sending to a connection that is being closed. */
const LINGER_MS = 1000;

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
  #waiting: NodeExchange[] = [];
  #fin = false;
  /** No further request will come. */
  #inputEnded = false;
  /** Status of a refusal owed after the pending answers. */
  #refusal = 0;

  constructor(
    readonly socket: Socket,
    readonly host: NodeHost,
  ) {
    this.remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.on('end', () => this.#onFin());
    socket.on('error', (error: NodeJS.ErrnoException) => this.lost(reasonFor(error.code)));
    socket.on('close', () => this.lost(reasonFor(undefined)));
  }

  /** A request came. */
  add(exchange: NodeExchange): void {
    if (this.closing || this.#inputEnded || this.#refusal) return;
    exchange.response.on('finish', () => this.#done(exchange));
    if (!this.current) return this.#begin(exchange);
    if (this.#waiting.push(exchange) === PIPELINE) this.socket.pause();
  }

  #begin(exchange: NodeExchange): void {
    this.current = exchange;
    this.host.requests++;
    exchange.begin();
    if (this.#fin) exchange.onPeerFin();
  }

  /** The last byte of the response was handed to the kernel. */
  #done(exchange: NodeExchange): void {
    if (this.current !== exchange) return;
    exchange.handedOver();
    this.current = null;
    const { bodyOpen } = exchange;
    if (bodyOpen) this.#skipBody(exchange);
    if (this.closing) return this.#close(bodyOpen);
    const next = this.#waiting.shift();
    if (next) {
      if (this.#waiting.length === PIPELINE - 1) this.socket.resume();
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
  }

  /** Ends the connection in the middle of a response. `flush`: after what is queued. */
  abort(how: 'flush' | 'close' | 'reset'): void {
    this.current = null;
    this.#waiting = [];
    this.closing = true;
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
  refuse(status: number): void {
    if (this.closing || this.#refusal) return;
    const broken = this.#uploading();
    if (broken) return this.refuseBody(broken, status);
    this.#refusal = status;
    if (!this.current) this.#refuseNow(status);
  }

  /** The body's framing is wrong, or it is too large: the client gets the status if no answer has begun. */
  refuseBody(exchange: NodeExchange, status: number): void {
    if (exchange !== this.current) {
      this.#waiting.pop();
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
        `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length + 1}\r\n\r\n${text}\n`,
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
    this.socket.end();
    setTimeout(() => this.socket.destroy(), LINGER_MS).unref();
  }

  /** Nothing moved for the stall timeout. */
  onSilence(): void {
    const { current } = this;
    if (!current) return void this.socket.destroy();
    if (current.unsent === 0) return;
    this.lost({ kind: 'write-stalled' });
    this.abort('reset');
  }
}

const REFUSALS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  505: 'HTTP Version Not Supported',
};
