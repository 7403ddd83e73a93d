import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProbeEvent, type ProbeEventName, parseProbeLine } from './event.js';

const pollMs = 10;

/** Reads what a target appends to its probe file. Keeps everything of the present reading for the scenario to join. */
export class ProbeReader {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);
  #offset = 0;
  #rest = '';
  #events: ProbeEvent[] = [];
  /** Lines that were no events, with what is wrong with them; at most ten are kept. */
  readonly rejected: string[] = [];
  rejectedCount = 0;
  #offsetNs = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All events since the start, or since `forget()`. */
  events(): readonly ProbeEvent[] {
    this.#readOn();
    return this.#events;
  }

  /** Those of one kind. */
  only<N extends ProbeEventName>(name: N): Extract<ProbeEvent, { event: N }>[] {
    return this.events().filter((event): event is Extract<ProbeEvent, { event: N }> => event.event === name);
  }

  /** The target's clock was so far behind CLOCK_MONOTONIC: true of what was read, and of what will be. Nanoseconds. */
  shift(offsetNs: number): void {
    this.#readOn();
    this.#events = this.#events.map((event) => shifted(event, offsetNs));
    this.#offsetNs += offsetNs;
  }

  /** Drops what was read so far: a new round starts with an empty sheet. */
  forget(): void {
    this.#readOn();
    this.#events = [];
  }

  /**
   * Waits until `done` says so.
   *
   * @returns false when `withinMs` went by first: for the caller to judge, since a silent target is a finding
   */
  async until(
    done: (events: readonly ProbeEvent[]) => boolean,
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (!done(this.events())) {
      if (signal?.aborted || performance.now() > end) return false;
      await sleep(pollMs);
    }
    return true;
  }

  #readOn(): void {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      return; // the target has not opened it yet
    }
    try {
      for (;;) {
        const got = readSync(file, this.#buffer, 0, this.#buffer.length, this.#offset);
        if (got === 0) break;
        this.#offset += got;
        this.#take(this.#decoder.write(this.#buffer.subarray(0, got)));
      }
    } finally {
      closeSync(file);
    }
  }

  /** A line that is not finished yet waits for its end. */
  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line.trim() === '') continue;
      const event = parseProbeLine(line);
      if (typeof event !== 'string') this.#events.push(shifted(event, this.#offsetNs));
      else {
        this.rejectedCount++;
        if (this.rejected.length < 10) this.rejected.push(`${event}: ${line.slice(0, 120)}`);
      }
    }
  }
}

function shifted(event: ProbeEvent, offsetNs: number): ProbeEvent {
  if (offsetNs === 0) return event;
  const t = event.t + offsetNs;
  return event.event === 'gone' && event.runtime !== undefined
    ? { ...event, t, runtime: event.runtime + offsetNs }
    : { ...event, t };
}
