import type { IncomingMessage, ServerResponse } from 'node:http';
import { Exchange } from '../gateway/exchange.js';
import type { RequestInput } from '../gateway/input.js';
import type { ResponseHead } from '../gateway/response-head.js';
import type { Chunk, CloseReason, HeaderList } from '../gateway/types.js';
import type { NodeConnection } from './node-connection.js';
import { hasBody, NodeInput } from './node-input.js';
import { flatHead, MERGE_BYTES, merge, toBytes } from './node-pieces.js';

/**
 * An exchange over node:http. Chunks are held until the end of the turn: those of one turn leave together, and a body
 * that ends with its first chunk gets its length derived (rule 22).
 *
 *   sendHead ──▶ sendChunk … ──▶ flush (end of turn) ──▶ writeHead, write ──▶ sendEnd ──▶ 'finish': handed over
 */
export class NodeExchange extends Exchange {
  #held: Chunk[] = [];
  #heldBytes = 0;
  #flushing = false;
  /** node:http has the head. */
  #opened = false;
  #wantDrain = false;
  #retry: NodeJS.Timeout | null = null;
  #body: NodeInput | null = null;
  #broken: CloseReason | null = null;
  #query = -2;
  /** The connection is not its any more. */
  detached = false;

  /** @param expects the client waits for `100 Continue` before it sends the body (rule 24) */
  constructor(
    readonly connection: NodeConnection,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    public expects: boolean,
  ) {
    super(connection.host.gateway);
  }

  // The request.

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get path(): string {
    const target = this.request.url ?? '/';
    const end = this.#questionMark();
    return stripAuthority(end < 0 ? target : target.slice(0, end));
  }

  get query(): string {
    const at = this.#questionMark();
    return at < 0 ? '' : (this.request.url ?? '').slice(at + 1);
  }

  #questionMark(): number {
    if (this.#query === -2) this.#query = (this.request.url ?? '').indexOf('?');
    return this.#query;
  }

  get minorVersion(): number {
    return this.request.httpVersionMinor;
  }

  remote(): { address: string; port: number } {
    return this.connection.remote;
  }

  *fields(): Generator<readonly [string, string]> {
    const raw = this.request.rawHeaders;
    for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i]!, raw[i + 1]!];
  }

  openInput(): RequestInput {
    const { options } = this.connection.host;
    this.#body ??= new NodeInput(
      this.request,
      options,
      () => this.#sayContinue(),
      () => this.connection.closeAfter(),
      () => this.connection.refuseBody(this, 413),
    );
    if (this.#broken) this.#body.break(this.#broken);
    return this.#body.input;
  }

  #sayContinue(): void {
    if (!this.expects || this.#opened || this.headSent) return;
    this.expects = false;
    this.response.writeContinue();
  }

  /** Whether a part of the response may have left. */
  get begun(): boolean {
    return this.#opened;
  }

  /** Whether the client still owes a part of the body. */
  get bodyOpen(): boolean {
    return !this.request.complete;
  }

  /** The request body broke off or is malformed. The response may go on. */
  breakBody(reason: CloseReason): void {
    this.#broken = reason;
    this.#body?.break(reason);
  }

  override leave(reason: CloseReason): void {
    if (!this.away) {
      this.connection.host.count(this.connection.host.disconnects, reason.kind);
      this.#body?.takeRest();
    }
    super.leave(reason);
  }

  // The response.

  protected sendHead(_head: ResponseHead): void {
    // Leaves with the first chunk, or with the end.
  }

  protected override sendInterim(status: string, headers: HeaderList): boolean {
    // Of the interim responses that carry fields, node:http sends only early hints, and only with a Link.
    const hints: Record<string, string | string[]> = {};
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      const before = hints[key];
      hints[key] = before === undefined ? value : [before, value].flat();
    }
    if (!status.startsWith('103') || hints.link === undefined) return false;
    this.response.writeEarlyHints(hints);
    return true;
  }

  protected sendChunk(chunk: Chunk): number {
    const size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    this.#held.push(chunk);
    this.#heldBytes += size;
    if (this.#held.length > 1 && (this.#heldBytes >= MERGE_BYTES || !this.connection.host.options.coalesce))
      this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      this.connection.host.flushLater(this);
    }
    return size;
  }

  /** Hands what is held to node:http. */
  flush(): void {
    this.#flushing = false;
    if (this.#held.length === 0 || this.away) return;
    if (!this.#opened) this.#open(-1);
    const pieces = this.#takeHeld();
    for (const piece of pieces) this.response.write(piece, this.#onWritten);
  }

  #takeHeld(): Chunk[] {
    const pieces = this.connection.host.options.coalesce ? merge(this.#held, this.#heldBytes) : this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return pieces;
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error || !this.#wantDrain || this.queued() > this.gateway.policy.lowWaterMark) return;
    this.#wantDrain = false;
    this.onDrained();
  };

  /** @param length of the whole body where it is known, else -1 */
  #open(length: number): void {
    this.#opened = true;
    const head = this.head!;
    const { response, connection } = this;
    // Whether a body follows that was announced but not asked for, only the client knows (RFC 9110 §10.1.1).
    if (this.expects && hasBody(this.request)) connection.closeAfter();
    if (connection.endsWith(this)) {
      response.shouldKeepAlive = false;
      if (this.bodyOpen) connection.lingerOnClose();
    }
    const { fields, ascii } = flatHead(head);
    // node:http joins head and first string, and encodes both as UTF-8: bytes keep it from that.
    if (!ascii) this.#held = this.#held.map(toBytes);
    response.writeHead(
      head.code,
      head.status.slice(4),
      length < 0 || head.contentLength >= 0 ? fields : [...fields, 'Content-Length', String(length)],
    );
  }

  protected sendEnd(_notify: boolean): void {
    this.#stopRetry();
    this.#body?.stop();
    const { response } = this;
    if (!this.#opened) {
      if (this.isSink()) this.#open(-1);
      else if (this.#held.length <= 1) this.#open(this.#heldBytes);
      else this.#open(-1);
    }
    const pieces = this.#takeHeld();
    const last = pieces.pop();
    for (const piece of pieces) response.write(piece);
    if (last === undefined) response.end();
    else if (response.chunkedEncoding) {
      response.write(last);
      response.end();
    } else response.end(last);
  }

  protected sendAbort(): void {
    this.#stopRetry();
    this.#body?.stop();
    const { connection } = this;
    if (this.detached) return;
    // The end of the connection would pass for the end of a response that is delimited by it.
    const delimitedByClose = this.#opened && this.minorVersion === 0;
    if (this.away) {
      this.#held = [];
      this.#heldBytes = 0;
      connection.abort(this.away.kind === 'client-fin' && !delimitedByClose ? 'close' : 'reset');
      return;
    }
    this.flush();
    if (this.minorVersion > 0) connection.abort('flush');
    else if (this.queued() === 0) connection.abort('reset');
    else this.response.write('', () => connection.abort('reset'));
  }

  queued(): number {
    return this.#heldBytes + this.response.writableLength;
  }

  awaitDrain(): void {
    this.#wantDrain = true;
  }

  awaitRetry(ms: number): void {
    this.#stopRetry();
    // Node's timers count whole milliseconds and round down.
    this.#retry = setTimeout(retry, Math.ceil(ms), this);
  }

  #stopRetry(): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
  }

  /** What is known already: without the event loop there is no news from the socket (see docs/limits.md). */
  protected askKernel(): CloseReason | null {
    return this.connection.lostBy;
  }

  /** What the body waits for, for the statistics. */
  get waitsFor(): 'backoff' | 'drain' | null {
    if (this.#retry) return 'backoff';
    return this.#wantDrain ? 'drain' : null;
  }

  /** Unsent bytes, for the connection's stall timeout. */
  get unsent(): number {
    return this.queued();
  }
}

function retry(exchange: NodeExchange): void {
  exchange.onRetry();
}

/** `http://host/path` → `/path` (RFC 9112 §3.2.2). */
function stripAuthority(target: string): string {
  if (target.startsWith('/') || target === '*') return target;
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(.*)$/i.exec(target)?.[1];
  return path === undefined ? target : path || '/';
}
