import net from 'node:net';
import { DEADLINE_MS, within } from './waiting.js';
import { readResponse, type WireResponse } from './wire-response.js';

/** A client that says and sees exactly what is on the wire, half-open states included. Every wait has a deadline. */
export class RawClient {
  /** All that came and was not taken by `response()`, latin1. */
  received = '';
  /** All bytes that ever came. */
  total = 0;
  /** How the server ended the connection: by FIN, by RST, or not yet. */
  end: 'fin' | 'reset' | null = null;
  #finSent = false;
  #wakeups: (() => void)[] = [];

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
      this.total += bytes.length;
      this.#wake();
    });
    socket.on('end', () => {
      // libuv reports a RST that comes with data as the end of the stream; but such a socket has no peer any more.
      this.end ??= !this.#finSent && socket.remoteAddress === undefined ? 'reset' : 'fin';
      this.#wake();
    });
    socket.on('error', () => {
      this.end ??= 'reset';
      this.#wake();
    });
    socket.on('close', () => {
      this.end ??= 'reset';
      this.#wake();
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = net.connect({ port, host, allowHalfOpen: true, noDelay: true });
    const client = new RawClient(socket);
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    await within(connected, `a connection to port ${port}`);
    return client;
  }

  #wake(): void {
    const due = this.#wakeups;
    this.#wakeups = [];
    for (const each of due) each();
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends a request without a body. */
  request(path: string, { method = 'GET', version = '1.1', fields = '' } = {}): this {
    return this.send(`${method} ${path} HTTP/${version}\r\nHost: x\r\n${fields}\r\n`);
  }

  /** Sends a FIN and goes on reading. */
  fin(): this {
    this.#finSent = true;
    this.socket.end();
    return this;
  }

  /** Sends a RST. */
  reset(): this {
    this.socket.resetAndDestroy();
    return this;
  }

  /** Closes: FIN, and a RST in answer to whatever still comes. */
  close(): this {
    this.socket.destroy();
    return this;
  }

  /** Stops reading; the kernel's window fills up. */
  stall(): this {
    this.socket.pause();
    return this;
  }

  readOn(): this {
    this.socket.resume();
    return this;
  }

  /** Waits until `ready` gives a value other than null. */
  async #until<T>(ready: () => T | null, label: string, deadlineMs: number): Promise<T> {
    const look = async (): Promise<T> => {
      for (;;) {
        const value = ready();
        if (value !== null) return value;
        await new Promise<void>((resolve) => this.#wakeups.push(resolve));
      }
    };
    try {
      return await within(look(), label, deadlineMs);
    } catch (error) {
      const seen = JSON.stringify(this.received.slice(-300));
      throw new Error(`${(error as Error).message}; end: ${this.end}; the last bytes received: ${seen}`);
    }
  }

  /** Waits for bytes that match; they stay in `received`. */
  until(pattern: string | RegExp, label: string, deadlineMs = DEADLINE_MS): Promise<string> {
    const matches = () => (typeof pattern === 'string' ? this.received.includes(pattern) : pattern.test(this.received));
    return this.#until(() => (matches() ? this.received : null), label, deadlineMs);
  }

  /** Waits for the server to end the connection. */
  untilEnd(label: string, deadlineMs = DEADLINE_MS): Promise<'fin' | 'reset'> {
    return this.#until(() => this.end, label, deadlineMs);
  }

  /** The next response, taken from `received`; truncated if the connection ended first. */
  async response(label: string, method = 'GET', deadlineMs = DEADLINE_MS): Promise<WireResponse> {
    const read = () => {
      const response = readResponse(this.received, this.end !== null, method);
      if (!response && this.end) throw new Error(`the connection ended (${this.end}) before ${label}`);
      return response;
    };
    const response = await this.#until(read, label, deadlineMs);
    this.received = this.received.slice(response.size);
    return response;
  }
}
