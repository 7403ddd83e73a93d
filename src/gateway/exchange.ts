import { Carried } from './carried.js';
import { ResponseChannel } from './channel.js';
import type { Gateway } from './core.js';
import { ExchangeEnviron } from './environ.js';
import { ClientDisconnected, ContractError, describe, InputTimeout } from './errors.js';
import { ExchangeExtras } from './extras.js';
import type { Pump } from './pump.js';
import { AsyncPump, SyncPump } from './pumps.js';
import { isThenable, releaseBody } from './release.js';
import { checkInterim, type ResponseHead } from './response-head.js';
import type { Body, Chunk, CloseReason, HeaderList, Write } from './types.js';

const DONE: CloseReason = { kind: 'done' };
const APP_ERROR: CloseReason = { kind: 'app-error' };

/**
 * One request and its response: the contract's state machine. An engine carries it: it subclasses `Exchange`, implements what
 * `Carried` asks for, and tells it what happens at the socket (`onDrained`, `onRetry`, `onPeerFin`, `leave`, `handedOver`).
 *
 *   begin ──▶ app(environ, start) ──▶ adopt(body) ──▶ pump: next() → deliver(chunk) … ─▶ finish ──▶ over
 *                    │ throws               │ throws                  │                      ▲
 *                    └──────▶ fail ◀────────┴─────────────────────────┘        leave ────────┘
 */
export abstract class Exchange extends Carried {
  head: ResponseHead | null = null;
  headSent = false;
  /** Why the client is gone, or null. */
  away: CloseReason | null = null;
  /** How the exchange went, as soon as that is known. */
  ended: CloseReason | null = null;
  bodyBytes = 0;
  /** The head is sent, any number of bytes may follow. */
  #unbounded = false;
  /** Bytes still owed by an explicit Content-Length; -1: none was given. */
  #owed = -1;
  #closed = false;
  #adopted = false;
  #body: Body | null = null;
  #pump: Pump | null = null;
  #extras: ExchangeExtras | null = null;

  constructor(readonly gateway: Gateway) {
    super();
  }

  /** Nothing more will be sent: ended, failed, or the client is gone. */
  get over(): boolean {
    return this.ended !== null;
  }

  /** Calls the application. */
  begin(): void {
    const start = (status: string, headers: HeaderList, failure?: { error: unknown }): Write =>
      this.#start(status, headers, failure, start);
    let body: Body | Promise<Body>;
    try {
      body = this.gateway.app(new ExchangeEnviron(this), start);
    } catch (error) {
      this.#adopted = true;
      return this.fail(error);
    }
    if (isThenable(body))
      body.then(
        (value) => this.#adopt(value),
        (error) => {
          this.#adopted = true;
          this.fail(error);
        },
      );
    else this.#adopt(body);
  }

  #start(status: string, headers: HeaderList, failure: { error: unknown } | undefined, start: StartFunction): Write {
    if (this.head && !failure)
      throw new ContractError(19, 'one call of start(), or a failure as third argument', 'a second call', start);
    if (failure) {
      if (typeof failure !== 'object' || !('error' in failure))
        throw new ContractError(19, '{ error } as third argument', describe(failure), start);
      if (this.headSent) throw failure.error;
    }
    this.head = this.gateway.heads.get(status, headers, start);
    const write = (chunk: Chunk): boolean => this.#write(chunk, write);
    return write;
  }

  #write(chunk: Chunk, write: Write): boolean {
    if (this.away) throw new ClientDisconnected(this.away);
    if (this.#adopted)
      throw new ContractError(
        20,
        'write() only before the body is returned',
        'a call from the iterable or after it',
        write,
      );
    const flow = this.#send(chunk, write);
    if (flow < 0) return true;
    const below = this.queued() < this.gateway.policy.highWaterMark;
    if (!below) {
      // A busy loop that writes on and on never sees an event: ask the kernel for it.
      const reason = this.gone();
      if (reason) throw new ClientDisconnected(reason);
    }
    return below;
  }

  #adopt(body: Body): void {
    this.#adopted = true;
    this.#body = body;
    if (this.over) return this.#close(this.away ?? APP_ERROR);
    if (Array.isArray(body) && body.length === 1) {
      // The commonest body needs no iterator, and has nothing to close.
      if ((body as Body).close === undefined) this.#body = null;
      if (this.head && this.isSink()) return this.finish();
      try {
        this.#send(body[0] as Chunk, undefined, true);
      } catch (error) {
        return this.fail(error);
      }
      return this.finish();
    }
    try {
      this.#pump = this.#pumpFor(body);
    } catch (error) {
      return this.fail(error);
    }
    if (this.isSink() || (this.headSent && this.#owed === 0)) return this.finish();
    this.#pump.pull();
  }

  #pumpFor(body: Body): Pump {
    if (typeof body === 'object' && body !== null && !(body instanceof Uint8Array)) {
      if (Symbol.iterator in body) return new SyncPump(this, body[Symbol.iterator]());
      if (body instanceof ResponseChannel) return body.pumpFor(this);
      if (Symbol.asyncIterator in body) return new AsyncPump(this, body[Symbol.asyncIterator]());
    }
    throw new ContractError(12, 'an iterable of chunks as the body, e.g. ["text"]', describe(body));
  }

  /** No body may be sent: HEAD, 204, 304 (rule 23). */
  isSink(): boolean {
    return this.head !== null && (this.head.bodyless || this.isHead);
  }

  /**
   * The pump brings what the body gave.
   *
   * @returns bytes queued, 0 for an empty chunk; -1: the exchange is over, nothing more is wanted
   */
  deliver(chunk: Chunk): number {
    // The usual case ahead of the others: one more chunk of a body whose length nobody gave.
    if (!this.#unbounded || this.over || !isChunk(chunk) || chunk.length === 0) return this.#deliverAny(chunk);
    let size: number;
    try {
      size = this.sendChunk(chunk);
    } catch (error) {
      this.fail(error);
      return -1;
    }
    this.bodyBytes += size;
    return this.over ? -1 : size;
  }

  #deliverAny(chunk: Chunk): number {
    if (this.over) return -1;
    let size: number;
    try {
      size = this.#send(chunk, undefined);
    } catch (error) {
      this.fail(error);
      return -1;
    }
    if (this.over) return -1;
    if (size === 0 || (size > 0 && this.#owed !== 0)) return size;
    this.finish();
    return -1;
  }

  /** @returns bytes queued; -1: none may be sent any more */
  #send(chunk: Chunk, caller: ((chunk: Chunk) => boolean) | undefined, only = false): number {
    if (!isChunk(chunk))
      throw new ContractError(12, 'a chunk that is a string or a Uint8Array', describe(chunk), caller);
    if (chunk.length === 0) return 0;
    const head = this.head;
    if (!head) throw new ContractError(18, 'start() before the first chunk that is not empty', describe(chunk), caller);
    if (!this.headSent) {
      this.headSent = true;
      this.#owed = head.contentLength;
      if (only) this.sendHead(head, chunk);
      else this.sendHead(head);
    }
    if (this.isSink()) return -1;
    if (this.#owed >= 0) return this.#sendOwed(chunk);
    this.#unbounded = true;
    const size = this.sendChunk(chunk);
    this.bodyBytes += size;
    return size;
  }

  /** Never sends more than the Content-Length says (rule 22). */
  #sendOwed(chunk: Chunk): number {
    let bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (bytes.length > this.#owed) {
      this.gateway.log.error(
        `rule 22: ${this.method} ${this.path}: the body is longer than its Content-Length; the rest is not sent`,
      );
      bytes = bytes.subarray(0, this.#owed);
    }
    if (bytes.length === 0) return -1;
    this.#owed -= bytes.length;
    const size = this.sendChunk(bytes);
    this.bodyBytes += size;
    return size;
  }

  /** Bytes below the high-water mark; none or less: the application should wait (rule 12). */
  room(): number {
    return this.gateway.policy.highWaterMark - this.queued();
  }

  /** The engine: the queue is at low water. */
  onDrained(): void {
    this.#extras?.settleDrained();
    this.#pump?.onDrained();
  }

  /** The engine: the delay is over. */
  onRetry(): void {
    this.#pump?.onRetry();
  }

  /** A pause was ended (rule 16). */
  resume(): void {
    this.#pump?.waitTurn();
  }

  /** The engine: a FIN came. What it means while the body is being produced is a matter of policy (rule 9). */
  onPeerFin(): void {
    if (!this.over && this.gateway.policy.onHalfClose === 'abort') this.leave({ kind: 'client-fin' });
  }

  /** The body ended. */
  finish(): void {
    if (this.over) return;
    const head = this.head;
    if (!head) return this.fail(new ContractError(18, 'start() before the end of the body', 'no call'));
    if (!this.headSent) {
      this.headSent = true;
      this.#owed = head.contentLength;
      this.sendHead(head);
    }
    if (this.#owed > 0 && !this.isSink()) {
      const missing = `the body ended ${this.#owed} bytes short of its Content-Length`;
      return this.fail(new ContractError(22, `${head.contentLength} bytes`, missing));
    }
    this.ended = DONE;
    this.sendEnd(this.#extras?.watched === true);
    this.#extras?.endWaits();
    if (this.#body) this.#close(DONE);
  }

  /** The engine: the last byte was handed to the kernel. */
  handedOver(): void {
    this.#extras?.settle(DONE);
  }

  /** The application failed (rule 21). */
  fail(error: unknown): void {
    if (this.away) {
      this.gateway.log.info(
        `${this.method} ${this.path}: the client left (${this.away.kind}), the application ended with ${error instanceof Error ? error : describe(error)}`,
      );
      return this.#close(this.away);
    }
    if (this.over) return this.gateway.log.error(`${this.method} ${this.path}: failed after its end`, error);
    this.ended = APP_ERROR;
    const at = error instanceof ContractError && error.at ? ` at ${error.at}` : '';
    if (error instanceof InputTimeout) this.gateway.log.info(`${this.method} ${this.path}: ${error.message}`);
    else this.gateway.log.error(`${this.method} ${this.path}: the application failed${at}`, error);
    if (this.headSent) this.sendAbort();
    else this.#sendFailure(error instanceof InputTimeout ? '408 Request Timeout' : '500 Internal Server Error');
    this.#extras?.release(APP_ERROR);
    this.#close(APP_ERROR);
  }

  #sendFailure(status: string): void {
    this.head = this.gateway.ownHead(status);
    this.headSent = true;
    this.sendHead(this.head);
    if (!this.isSink()) this.sendChunk(`${status.slice(4)}\n`);
    this.sendEnd(false);
  }

  /** The engine: the client is gone, or the server stops. Order of rule 4. */
  leave(reason: CloseReason): void {
    if (this.away) return;
    const { over } = this;
    this.away = reason;
    this.ended = reason;
    this.#extras?.release(reason);
    if (over) return; // the body had ended; only its tail was lost
    this.sendAbort();
    if (!this.#extras) this.#close(reason);
    // The application sees its reads fail and its waits end before its body is closed, however many promises are between (rule 4):
    // a tick that is asked for by a microtask comes when no microtask is left.
    else queueMicrotask(() => process.nextTick(() => this.#close(reason)));
  }

  /** Releases the iterator, then calls `close()`, once (rules 1 and 4). */
  #close(reason: CloseReason): void {
    if (this.#closed || !this.#adopted) return;
    this.#closed = true;
    const released = this.#pump ? this.#pump.stop() : undefined;
    if (released === null) this.gateway.hold();
    else this.#closeAfter(released, reason);
  }

  /** The pump: the body that was being asked when the client left has answered. */
  stopped(released: unknown): void {
    this.#closeAfter(released, this.ended!);
    this.gateway.letGo();
  }

  #closeAfter(released: unknown, reason: CloseReason): void {
    const body = this.#body;
    this.#pump = null;
    this.#body = null;
    releaseBody(this, body, released, reason);
  }

  /** What only some applications ask for: null if this one has not. */
  get extras(): ExchangeExtras | null {
    return this.#extras;
  }

  /** The same, made when first asked. */
  get more(): ExchangeExtras {
    this.#extras ??= new ExchangeExtras(this);
    return this.#extras;
  }

  gone(): CloseReason | null {
    if (this.over) return this.away;
    const reason = this.askKernel();
    // What the application was told holds from now on, also if its answer is an exception (rule 5).
    if (reason) this.leave(reason);
    return reason;
  }

  interim(status: string, headers: HeaderList): boolean {
    checkInterim(status, headers, this.interim);
    if (this.over || this.headSent || this.minorVersion === 0) return false;
    return this.sendInterim(status, headers);
  }
}

function isChunk(value: unknown): value is Chunk {
  return typeof value === 'string' || value instanceof Uint8Array;
}

type StartFunction = (status: string, headers: HeaderList, failure?: { error: unknown }) => Write;
