import { ResponseChannel } from './channel.js';
import { errorStream } from './core.js';
import type { Exchange } from './exchange.js';
import { LazyHeaders } from './request-headers.js';
import type {
  BackoffPolicy,
  Channel,
  ChannelOptions,
  CloseReason,
  Completion,
  Environ,
  ErrorStream,
  HeaderList,
  Input,
  RequestHeaders,
  Resume,
  StartResponse,
} from './types.js';

/**
 * An exchange as its application sees it. Everything that costs something is made when first asked for.
 *
 * Its fields are private by type only: middleware hands on an object that inherits from it (see `deriveEnviron`).
 */
export class ExchangeEnviron implements Environ {
  private parsed: RequestHeaders | null = null;
  private extended: Record<string, unknown> | null = null;

  constructor(private readonly exchange: Exchange) {}

  get method(): string {
    return this.exchange.method;
  }
  get scriptName(): string {
    return this.exchange.scriptName;
  }
  get path(): string {
    return this.exchange.path;
  }
  get query(): string {
    return this.exchange.query;
  }
  get protocol(): 'HTTP/1.0' | 'HTTP/1.1' {
    return this.exchange.minorVersion ? 'HTTP/1.1' : 'HTTP/1.0';
  }
  get scheme(): 'http' | 'https' {
    return this.exchange.gateway.facts.scheme;
  }
  get serverName(): string {
    return this.exchange.gateway.facts.serverName;
  }
  get serverPort(): number {
    return this.exchange.gateway.facts.serverPort;
  }
  get remoteAddress(): string {
    return this.exchange.remote().address;
  }
  get remotePort(): number {
    return this.exchange.remote().port;
  }
  get headers(): RequestHeaders {
    this.parsed ??= new LazyHeaders(() => this.exchange.fields());
    return this.parsed;
  }
  get input(): Input {
    return this.exchange.more.input();
  }
  get errors(): ErrorStream {
    return errorStream(this.exchange.gateway.log, this);
  }
  get multithread(): boolean {
    return this.exchange.gateway.facts.multithread;
  }
  get multiprocess(): boolean {
    return this.exchange.gateway.facts.multiprocess;
  }
  get runOnce(): boolean {
    return false;
  }
  get inputTerminated(): boolean {
    return true;
  }
  get signal(): AbortSignal {
    return this.exchange.more.signal();
  }
  get completed(): Promise<Completion> {
    return this.exchange.more.completed();
  }
  drained(): Promise<void> {
    return this.exchange.more.drained();
  }
  gone(): CloseReason | null {
    return this.exchange.gone();
  }
  pause(timeoutMs?: number): Resume {
    return this.exchange.more.announcePause(timeoutMs);
  }
  channel(start: StartResponse, options?: ChannelOptions): Channel {
    return new ResponseChannel(this.exchange, this, start, options, this.channel);
  }
  backoff(policy: BackoffPolicy): void {
    this.exchange.more.setBackoff(policy);
  }
  interim(status: string, headers: HeaderList): boolean {
    return this.exchange.interim(status, headers);
  }
  get extensions(): Record<string, unknown> {
    this.extended ??= {};
    return this.extended;
  }
}

/**
 * The environ that a middleware hands on: `environ` with some things replaced. What was not replaced stays as lazy as it
 * was, and `channel()` of the result reads from its `input` (rule 35).
 */
export function deriveEnviron(environ: Environ, changes: Partial<Environ>): Environ {
  if (!changes.extensions) void environ.extensions; // made now, so that both share it
  return Object.create(environ, Object.getOwnPropertyDescriptors(changes)) as Environ;
}
