/** What is known at one moment of servers' streams to readers that have stopped. */
export interface StreamsPoint {
  readonly ms: number;
  /** Requests that the application has seen. */
  readonly begun: number;
  /** Chunks asked of all applications so far. */
  readonly pulls: number;
  /** Bytes in the kernel's send queues; NaN where nobody can say. */
  readonly queued: number;
  /** CPU time of the server so far, milliseconds. */
  readonly cpuMs: number;
}

/**
 * - `moving`: it is too early to judge
 * - `settled`: all streams have begun and everything rests
 * - `asking`: the kernel takes nothing more, but the applications are asked on
 * - `stuck`: everything rests, but some streams have not begun
 */
export type Standing = 'moving' | 'settled' | 'asking' | 'stuck';

export interface StandstillPolicy {
  /** Everything at rest for so long is settled. */
  readonly quietMs: number;
  /** Full queues for so long while the asking goes on: it will. */
  readonly askingMs: number;
  /** At rest for so long before all have begun: they will not. */
  readonly stuckMs: number;
}

/** A server that uses more of a core than this has not come to rest: it may be waiting for its turn among others. */
const workingShare = 0.1;

/** Whether streams to stalled readers have come to rest: a server fills its kernel's queues first, and that takes the time it takes. */
export class Standstill {
  #last: StreamsPoint | null = null;
  #askedAt = 0;
  #queuedAt = 0;

  constructor(
    readonly readers: number,
    readonly policy: StandstillPolicy,
  ) {}

  /** @param point later than the one before */
  see(point: StreamsPoint): Standing {
    const { ms, begun, pulls, queued, cpuMs } = point;
    const last = this.#last;
    this.#last = point;
    const begins = begun !== last?.begun;
    const works = last !== null && cpuMs - last.cpuMs > workingShare * (ms - last.ms);
    if (begins || pulls !== last.pulls || works) this.#askedAt = ms;
    // What nobody can see is never known to rest.
    const kernelMoves = Number.isNaN(queued) ? this.#askedAt === ms : queued !== last?.queued;
    if (begins || kernelMoves) this.#queuedAt = ms;
    const { quietMs, askingMs, stuckMs } = this.policy;
    const rest = ms - Math.max(this.#askedAt, this.#queuedAt);
    if (begun < this.readers) return rest >= stuckMs ? 'stuck' : 'moving';
    if (rest >= quietMs) return 'settled';
    return ms - this.#queuedAt >= askingMs ? 'asking' : 'moving';
  }
}
