import { errorStream } from './core.js';
import type { Exchange } from './exchange.js';
import { LazyHeaders } from './request-headers.js';
import type {
  BackoffPolicy,
  CloseReason,
  Completion,
  Environ,
  ErrorStream,
  Input,
  RequestHeaders,
  Resume,
} from './types.js';

/** An exchange as its application sees it. Everything that costs something is made when first asked for. */
export class ExchangeEnviron implements Environ {
  readonly #exchange: Exchange;
  #headers: RequestHeaders | null = null;
  #extensions: Record<string, unknown> | null = null;
  scriptName = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get method(): string {
    return this.#exchange.method;
  }
  get path(): string {
    return this.#exchange.path;
  }
  get query(): string {
    return this.#exchange.query;
  }
  get protocol(): 'HTTP/1.0' | 'HTTP/1.1' {
    return this.#exchange.minorVersion ? 'HTTP/1.1' : 'HTTP/1.0';
  }
  get scheme(): 'http' | 'https' {
    return this.#exchange.gateway.facts.scheme;
  }
  get serverName(): string {
    return this.#exchange.gateway.facts.serverName;
  }
  get serverPort(): number {
    return this.#exchange.gateway.facts.serverPort;
  }
  get remoteAddress(): string {
    return this.#exchange.remote().address;
  }
  get remotePort(): number {
    return this.#exchange.remote().port;
  }
  get headers(): RequestHeaders {
    this.#headers ??= new LazyHeaders(() => this.#exchange.fields());
    return this.#headers;
  }
  get input(): Input {
    return this.#exchange.input();
  }
  get errors(): ErrorStream {
    return errorStream(this.#exchange.gateway.log, this);
  }
  get multithread(): boolean {
    return this.#exchange.gateway.facts.multithread;
  }
  get multiprocess(): boolean {
    return this.#exchange.gateway.facts.multiprocess;
  }
  get runOnce(): boolean {
    return false;
  }
  get inputTerminated(): boolean {
    return true;
  }
  get signal(): AbortSignal {
    return this.#exchange.signal();
  }
  get completed(): Promise<Completion> {
    return this.#exchange.completed();
  }
  drained(): Promise<void> {
    return this.#exchange.drained();
  }
  gone(): CloseReason | null {
    return this.#exchange.gone();
  }
  pause(timeoutMs?: number): Resume {
    return this.#exchange.pause(timeoutMs);
  }
  backoff(policy: BackoffPolicy): void {
    this.#exchange.setBackoff(policy);
  }
  get extensions(): Record<string, unknown> {
    this.#extensions ??= {};
    return this.#extensions;
  }
}
