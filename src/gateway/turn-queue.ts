/** Anything that goes on in a later turn of the event loop. */
export interface Runnable {
  run(): void;
}

/** Milliseconds. Longer than a turn without any costs, shorter than a client notices. */
const SLICE_MS = 1;
/** So many may go on without waiting for a slice: with few streams each would pay a turn of the loop for what its reader has taken. */
const AT_ONCE = 2;

/**
 * What others must not wait for (rule 17): the oldest goes on first, and after a slice of each turn the rest waits for the next one. However
 * many bodies have much to say, who comes with a request waits for a slice and for the body that exceeds it.
 */
export class TurnQueue {
  #tasks: Runnable[] = [];
  #first = 0;
  /** Callbacks asked for, as many as there are tasks: of the coming turn alone. */
  #asked = 0;
  #endMs = 0;
  #admitted = 0;
  /** Somebody was asked in this turn whether it is enough. */
  #watched = false;

  /** Whether what an event allows may be done at once; else it should be pushed. */
  admits(): boolean {
    if (this.#admitted >= AT_ONCE) return false;
    this.#admitted++;
    return true;
  }

  /** Whether bodies have had their slice of this turn; for those that take long with each chunk, and whose turn it is without the queue. */
  enough(): boolean {
    const now = performance.now();
    if (!this.#watched) {
      this.#watched = true;
      setImmediate(this.#unwatch);
      if (now >= this.#endMs) this.#endMs = now + SLICE_MS;
    }
    return now >= this.#endMs;
  }

  readonly #unwatch = (): void => {
    this.#watched = false;
  };

  /** Runs `task` in a later turn of the event loop, after the events that are due. */
  push(task: Runnable): void {
    this.#tasks.push(task);
    this.#ask();
  }

  /** One callback for each: what an asynchronous body does is done in microtasks, which come between two. */
  #ask(): void {
    setImmediate(this.#asked++ === 0 ? this.#begin : this.#goOn);
  }

  readonly #begin = (): void => {
    this.#asked = this.#admitted = 0;
    this.#endMs = performance.now() + SLICE_MS;
    this.#next();
  };

  readonly #goOn = (): void => {
    if (performance.now() < this.#endMs) this.#next();
    else this.#ask();
  };

  #next(): void {
    const task = this.#tasks[this.#first++]!;
    if (this.#first === this.#tasks.length) {
      this.#tasks = [];
      this.#first = 0;
    } else if (this.#first === 1024) {
      this.#tasks = this.#tasks.slice(this.#first);
      this.#first = 0;
    }
    task.run();
  }
}
