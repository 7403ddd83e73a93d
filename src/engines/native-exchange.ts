import { getSystemErrorName } from 'node:util';
import type { Gateway } from '../gateway/core.js';
import { Exchange } from '../gateway/exchange.js';
import { RequestInput } from '../gateway/input.js';
import { fieldLines } from '../gateway/request-headers.js';
import type { ResponseHead } from '../gateway/response-head.js';
import type { Chunk, CloseReason, HeaderList } from '../gateway/types.js';
import type { CommandWriter, Outlet } from './native-commands.js';
import { GONE_KINDS, MOD, REQUEST_FLAG } from './native-protocol.js';

/** A string of this many characters may take the 16 KiB from which on a chunk is sent by reference. */
const MAYBE_LARGE = 5400;

/** What an exchange needs of the engine that carries it. */
export interface Carrier {
  readonly commands: CommandWriter;
  readonly backlog: Uint32Array;
  readonly highWaterMark: number;
  /**
   * The response is over, as far as the application is concerned.
   * @param watched someone wants to know when its last byte was handed to the kernel
   * @param goOn the connection may serve its next request
   */
  release(exchange: NativeExchange, watched: boolean, goOn: boolean): void;
  peek(slot: number, seq: number): number;
  remote(slot: number): [address: string, port: number];
}

/** Text and positions of a request head. Positions count from `at`. */
export interface HeadText {
  readonly text: string;
  readonly at: number;
  readonly size: number;
  readonly pathAt: number;
  readonly pathSize: number;
  /** -1: the target has no query. */
  readonly querySize: number;
  readonly methodSize: number;
  readonly fieldsAt: number;
}

/** An exchange on one slot of the native engine. */
export class NativeExchange extends Exchange implements Outlet {
  // Where its body bytes go, for the command writer.
  stamp = -1;
  record = 0;
  at = 0;
  end = 0;
  before = 0;

  /** The next request of the same connection, which waits for this one to end. */
  next: NativeExchange | null = null;
  /** A FIN came while this one waited. */
  finWaiting = false;
  #path: string | null = null;
  #remote: { address: string; port: number } | null = null;
  #text: string;
  #at: number;

  constructor(
    gateway: Gateway,
    readonly carrier: Carrier,
    readonly slot: number,
    readonly seq: number,
    readonly flags: number,
    text: string,
    at: number,
    readonly headSize: number,
    readonly pathAt: number,
    readonly pathSize: number,
    readonly querySize: number,
    readonly methodSize: number,
    readonly fieldsAt: number,
  ) {
    super(gateway);
    this.#text = text;
    this.#at = at;
  }

  /**
   * The heads of a turn share one string. An exchange that outlives its turn takes its own part of it, so that a long
   * stream does not keep the others'.
   */
  detach(): void {
    // Joining and slicing would only refer to the long string: the round trip makes a short one.
    this.#text = Buffer.from(this.#part(0, this.headSize), 'latin1').toString('latin1');
    this.#at = 0;
  }

  #part(from: number, size: number): string {
    return this.#text.slice(this.#at + from, this.#at + from + size);
  }

  get method(): string {
    return this.#part(0, this.methodSize);
  }
  override get isHead(): boolean {
    return this.methodSize === 4 && this.#text.startsWith('HEAD', this.#at);
  }
  get path(): string {
    this.#path ??= flat(this.#part(this.pathAt, this.pathSize)) || '/';
    return this.#path;
  }
  get query(): string {
    return this.querySize > 0 ? flat(this.#part(this.pathAt + this.pathSize + 1, this.querySize)) : '';
  }
  get minorVersion(): number {
    return this.flags & REQUEST_FLAG.http11;
  }
  remote(): { address: string; port: number } {
    if (!this.#remote) {
      const [address, port] = this.carrier.remote(this.slot);
      this.#remote = { address, port };
    }
    return this.#remote;
  }
  fields(): Iterable<readonly [string, string]> {
    // The empty line that ends the head is left out.
    return fieldLines(flat(this.#part(this.fieldsAt, this.headSize - this.fieldsAt - 2)));
  }

  openInput(): RequestInput {
    const input = new RequestInput(() => {
      if (!this.over) this.carrier.commands.read(this.slot, this.seq);
    });
    if ((this.flags & REQUEST_FLAG.hasBody) === 0) input.end();
    return input;
  }

  #mods(): number {
    let mods = this.flags & REQUEST_FLAG.keepAlive ? MOD.keep : 0;
    if ((this.flags & REQUEST_FLAG.http11) === 0) mods |= MOD.http10;
    if (this.isSink()) mods |= MOD.noBody;
    return mods;
  }
  protected sendHead(head: ResponseHead, only?: Chunk): void {
    const { commands } = this.carrier;
    // The engine derives the length of a small body by itself; one that may go by reference is measured here.
    if (only !== undefined && only.length >= MAYBE_LARGE && head.contentLength < 0 && !this.isSink()) {
      const length = typeof only === 'string' ? Buffer.byteLength(only) : only.length;
      commands.headWithLength(this.slot, this.seq, head, length, this.#mods());
    } else commands.head(this.slot, this.seq, head, this.#mods());
  }
  protected override sendInterim(status: string, headers: HeaderList): boolean {
    this.carrier.commands.interim(this.slot, this.seq, status, headers);
    return true;
  }
  protected sendChunk(chunk: Chunk): number {
    return this.carrier.commands.data(this, chunk);
  }
  protected sendEnd(notify: boolean): void {
    this.carrier.commands.end(this.slot, this.seq, notify);
    this.carrier.release(this, notify, true);
  }
  protected sendAbort(): void {
    if (this.away) this.remote(); // an access log may ask for it when the connection is no more
    this.carrier.commands.abort(this.slot, this.seq, this.away !== null);
    this.carrier.release(this, false, false);
  }
  queued(): number {
    const waiting = this.carrier.backlog[this.slot]!;
    return this.stamp === this.carrier.commands.flushes ? waiting + this.bodyBytes - this.before : waiting;
  }
  awaitDrain(): void {
    this.carrier.commands.drain(this.slot, this.seq);
  }
  awaitRetry(ms: number): void {
    this.carrier.commands.retry(this.slot, this.seq, ms);
  }
  protected askKernel(): CloseReason | null {
    const answer = this.carrier.peek(this.slot, this.seq);
    const reason = closeReason(answer & 0xff, answer >> 8);
    if (reason?.kind === 'client-fin' && this.gateway.policy.onHalfClose !== 'abort') return null;
    return reason;
  }
}

/** @returns null for the engine's "not gone" */
export function closeReason(kind: number, errno: number): CloseReason | null {
  const name = GONE_KINDS[kind];
  if (!name) return null;
  return errno ? { kind: name, errno: getSystemErrorName(-errno) } : { kind: name };
}

/** V8 keeps the whole of a long string alive for a slice of 13 characters or more: these are copied out. */
function flat(part: string): string {
  return part.length < 13 ? part : Buffer.from(part, 'latin1').toString('latin1');
}
