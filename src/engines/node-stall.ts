import type { Socket } from 'node:net';

type Handle = { readonly bytesWritten?: number; readonly writeQueueSize?: number };

/** Looked at so often within a stall timeout, and at least twice a second: a stall is found half a second late at most. */
const looksInTimeout = 20;
const longestMs = 500;

/** How often the connections are to be looked at, milliseconds. */
export const stallLookMs = (stallTimeoutMs: number): number =>
  Math.min(longestMs, Math.max(1, stallTimeoutMs / looksInTimeout));

/**
 * Whether the kernel takes what a connection has to send (rule 10). The runtime's own `timeout` starts anew when the
 * queue has merely grown, and with whatever the client sends: it comes after twice the time, or never.
 */
export class StallWatch {
  #taken = -1;
  #movedAt = 0;

  constructor(readonly socket: Socket) {}

  /**
   * @param unsent bytes that wait now
   * @param now `performance.now()`
   * @returns milliseconds for which bytes have waited of which the kernel took none, as far as was looked
   */
  stillMs(unsent: number, now: number): number {
    const taken = takenFrom(this.socket);
    if (unsent === 0 || taken !== this.#taken) {
      this.#taken = taken;
      this.#movedAt = now;
    }
    return now - this.#movedAt;
  }
}

/** Bytes that the kernel has taken so far. Only the handle knows of a part of a large chunk. */
function takenFrom(socket: Socket & { readonly _handle?: Handle | null }): number {
  const { bytesWritten, writeQueueSize } = socket._handle ?? {};
  if (bytesWritten === undefined || writeQueueSize === undefined) return socket.bytesWritten - socket.writableLength;
  return bytesWritten - writeQueueSize;
}
