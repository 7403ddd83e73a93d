import { CLOSE_KINDS } from '../gateway/close-kinds.js';
import type { CloseReason } from '../gateway/types.js';

/**
 * What one worker thread and the main thread share. One request uses it at a time.
 *
 *   control: gone | signal | head | tail | asleep | read | read size
 *   output:  a ring of bytes, filled by the worker up to `head`, emptied by the main thread up to `tail`
 *   input:   the answer to the one read that may be under way
 *
 * The worker blocks on `signal`, which the main thread counts up after each change, so that no wake-up is lost between a look
 * and the wait. The main thread never blocks: it is sent a message when it is `asleep`.
 */
export class WorkerMemory {
  readonly #control: Int32Array;
  readonly #output: Uint8Array;
  readonly #input: Uint8Array;

  constructor(
    readonly control: SharedArrayBuffer,
    readonly output: SharedArrayBuffer,
    readonly input: SharedArrayBuffer,
  ) {
    this.#control = new Int32Array(control);
    this.#output = new Uint8Array(output);
    this.#input = new Uint8Array(input);
  }

  /** @param outputBytes size of the ring, a power of two: its counters wrap */
  static create(outputBytes: number): WorkerMemory {
    const shared = (bytes: number) => new SharedArrayBuffer(bytes);
    return new WorkerMemory(shared(WORDS * 4), shared(outputBytes), shared(INPUT_BYTES));
  }

  // Main thread.

  /** Before a request. */
  reset(): void {
    this.#control.fill(0);
  }

  /** The client is gone, or nobody wants the rest: wakes the worker wherever it waits. */
  setGone(reason: CloseReason): void {
    if (Atomics.compareExchange(this.#control, GONE, 0, CLOSE_KINDS.indexOf(reason.kind) + 1) === 0) this.#signal();
  }

  #signal(): void {
    Atomics.add(this.#control, SIGNAL, 1);
    Atomics.notify(this.#control, SIGNAL);
  }

  /** @returns a copy of what has come, null if nothing has */
  take(): Uint8Array | null {
    const tail = Atomics.load(this.#control, TAIL);
    const size = Math.min(TAKE_BYTES, (Atomics.load(this.#control, HEAD) - tail) | 0);
    if (size === 0) return null;
    const from = this.#place(tail);
    const first = Math.min(size, this.#output.length - from);
    const bytes = new Uint8Array(size);
    bytes.set(this.#output.subarray(from, from + first));
    bytes.set(this.#output.subarray(0, size - first), first);
    Atomics.add(this.#control, TAIL, size);
    this.#signal();
    return bytes;
  }

  /** Asks for a message when something comes. @returns false: something has come already */
  fallAsleep(): boolean {
    Atomics.store(this.#control, ASLEEP, 1);
    if (Atomics.load(this.#control, HEAD) === Atomics.load(this.#control, TAIL)) return true;
    Atomics.store(this.#control, ASLEEP, 0);
    return false;
  }

  /** Answers the worker's read. */
  answer(data: Uint8Array | 'broken' | 'timed-out'): void {
    if (data instanceof Uint8Array) {
      this.#input.set(data);
      Atomics.store(this.#control, READ_SIZE, data.length);
      Atomics.store(this.#control, READ, READ_DATA);
    } else Atomics.store(this.#control, READ, data === 'broken' ? READ_BROKEN : READ_TIMED_OUT);
    this.#signal();
  }

  // Worker thread.

  /** One atomic load (rule 32). */
  gone(): CloseReason | null {
    const kind = CLOSE_KINDS[Atomics.load(this.#control, GONE) - 1];
    return kind ? { kind } : null;
  }

  /**
   * Puts bytes into the ring, blocking while it is full.
   *
   * @param wake tells the main thread, which is asleep
   * @returns false: nobody wants them any more
   */
  put(bytes: Uint8Array, wake: () => void): boolean {
    let at = 0;
    while (at < bytes.length) {
      const seen = Atomics.load(this.#control, SIGNAL);
      if (this.gone()) return false;
      const head = Atomics.load(this.#control, HEAD);
      const free = this.#output.length - ((head - Atomics.load(this.#control, TAIL)) | 0);
      if (free === 0) {
        Atomics.wait(this.#control, SIGNAL, seen);
        continue;
      }
      const to = this.#place(head);
      const size = Math.min(free, bytes.length - at, this.#output.length - to);
      this.#output.set(bytes.subarray(at, at + size), to);
      at += size;
      Atomics.add(this.#control, HEAD, size);
      if (Atomics.exchange(this.#control, ASLEEP, 0) === 1) wake();
    }
    return true;
  }

  /**
   * Waits for the answer to the read that `ask` makes.
   *
   * @returns a copy
   */
  read(ask: () => void): Uint8Array | 'broken' | 'timed-out' {
    Atomics.store(this.#control, READ, 0);
    ask();
    for (;;) {
      const seen = Atomics.load(this.#control, SIGNAL);
      const state = Atomics.load(this.#control, READ);
      if (state === READ_DATA) return this.#input.slice(0, Atomics.load(this.#control, READ_SIZE));
      if (state === READ_BROKEN) return 'broken';
      if (state === READ_TIMED_OUT) return 'timed-out';
      Atomics.wait(this.#control, SIGNAL, seen);
    }
  }

  /** Sleeps for `ms`, or until the client is gone. */
  sleep(ms: number): void {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !this.gone(); left = end - performance.now()) {
      const seen = Atomics.load(this.#control, SIGNAL);
      if (!this.gone()) Atomics.wait(this.#control, SIGNAL, seen, left);
    }
  }

  #place(counter: number): number {
    return counter & (this.#output.length - 1);
  }
}

/** The most that is taken at once: a chunk, for the gateway (rule 12). */
const TAKE_BYTES = 65_536;

/** The most that one read brings. */
export const INPUT_BYTES = 65_536;

const GONE = 0;
const SIGNAL = 1;
const HEAD = 2;
const TAIL = 3;
const ASLEEP = 4;
const READ = 5;
const READ_SIZE = 6;
const WORDS = 7;

const READ_DATA = 1;
const READ_BROKEN = 2;
const READ_TIMED_OUT = 3;
