import type { IncomingMessage } from 'node:http';
import { RequestInput } from '../gateway/input.js';
import type { Limits } from '../gateway/limits.js';
import type { CloseReason } from '../gateway/types.js';

/** Carries a request body from node:http to the application's input: nothing is taken before it is asked for. */
export class NodeInput {
  readonly input: RequestInput;
  #asked = false;
  #attached = false;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = 0;
  #seen = 0;
  /** How long the client let the application wait for this body, before the wait that began at `#askedAt`. */
  #waitedMs = 0;
  #askedAt = 0;

  /**
   * @param onAsk called when the application wants bytes
   * @param onTimeout called when they did not come in time
   * @param onTooLarge called when there are more than may be
   */
  constructor(
    readonly request: IncomingMessage,
    readonly limits: Limits,
    readonly onAsk: () => void,
    readonly onTimeout: () => void,
    readonly onTooLarge: () => void,
  ) {
    this.input = new RequestInput(() => this.#ask());
    if (!hasBody(request)) this.input.end();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.onAsk();
    this.#attach();
    this.#askedAt = performance.now();
    this.#setTimer(this.#patienceMs());
    this.request.resume();
  }

  #setTimer(ms: number): void {
    if (this.#timer && ms === this.#timerMs) return void this.#timer.refresh();
    this.stop();
    this.#timerMs = ms;
    this.#timer = setTimeout(() => this.#late(), ms).unref();
  }

  /** Of one wait, or what is left to all waits for this body together, which the bytes so far have added to. */
  #patienceMs(): number {
    const { bodyTimeoutMs, minBodyBytesPerS, minBodyAfterMs } = this.limits;
    if (minBodyBytesPerS === 0) return bodyTimeoutMs;
    const leftMs = minBodyAfterMs + (this.#seen * 1000) / minBodyBytesPerS - this.#waitedMs;
    return Math.max(1, Math.min(bodyTimeoutMs, Math.ceil(leftMs)));
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    this.request.pause();
    this.request.on('data', (bytes: Buffer) => {
      this.request.pause();
      if (this.#asked) this.#waitedMs += performance.now() - this.#askedAt;
      this.#asked = false;
      this.#seen += bytes.length;
      if (this.#seen > this.limits.maxBodyBytes) this.onTooLarge();
      else this.input.push(bytes);
    });
    this.request.on('end', () => {
      this.stop();
      this.input.end();
    });
  }

  #late(): void {
    if (!this.#asked || this.input.state !== 'open') return;
    this.input.fail({ kind: 'input-timeout' });
    this.onTimeout();
  }

  /** The body will never be whole; what has come stays readable (rule 27). */
  break(reason: CloseReason): void {
    this.takeRest();
    this.input.fail(reason);
  }

  /** Brings in what node:http still holds. Called before the connection is torn down, which would discard it. */
  takeRest(): void {
    this.stop();
    this.#attach();
    while (this.request.read() !== null);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** RFC 9112 §6.3. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
