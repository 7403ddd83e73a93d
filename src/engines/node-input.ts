import type { IncomingMessage } from 'node:http';
import { InputBroken, InputTimeout } from '../gateway/errors.js';
import { RequestInput } from '../gateway/input.js';
import type { CloseReason } from '../gateway/types.js';

/** Carries a request body from node:http to the application's input: nothing is taken before it is asked for. */
export class NodeInput {
  readonly input: RequestInput;
  #asked = false;
  #attached = false;
  #timer: NodeJS.Timeout | null = null;
  #seen = 0;

  /**
   * @param onAsk called when the application wants bytes
   * @param onTimeout called when they did not come within `timeoutMs`
   * @param onTooLarge called when there are more than `maxBytes`
   */
  constructor(
    readonly request: IncomingMessage,
    readonly timeoutMs: number,
    readonly onAsk: () => void,
    readonly onTimeout: () => void,
    readonly onTooLarge: () => void,
    readonly maxBytes: number,
  ) {
    this.input = new RequestInput(() => this.#ask());
    if (!hasBody(request)) this.input.end();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.onAsk();
    this.#attach();
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#late(), this.timeoutMs).unref();
    this.request.resume();
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    this.request.pause();
    this.request.on('data', (bytes: Buffer) => {
      this.request.pause();
      this.#asked = false;
      this.#seen += bytes.length;
      if (this.#seen > this.maxBytes) this.onTooLarge();
      else this.input.push(bytes);
    });
    this.request.on('end', () => {
      this.stop();
      this.input.end();
    });
  }

  #late(): void {
    if (!this.#asked || this.input.state !== 'open') return;
    this.input.fail(new InputTimeout());
    this.onTimeout();
  }

  /** The body will never be whole; what has come stays readable (rule 27). */
  break(reason: CloseReason): void {
    this.takeRest();
    this.input.fail(new InputBroken(reason));
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
