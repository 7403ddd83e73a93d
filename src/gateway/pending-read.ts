/** What a read is content with. */
export const enum Want {
  /** At least a byte, `max` at the most; when the body broke off, what is there (rule 27). */
  kSome,
  /** Up to a line feed. */
  kLine,
  /** All that comes. */
  kRest,
}

export type Answer = Uint8Array | IteratorResult<Uint8Array, undefined>;

let resolveLast!: (answer: Answer) => void;
let rejectLast!: (error: Error) => void;
const keepLast = (resolve: typeof resolveLast, reject: typeof rejectLast): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** A read that waits for its bytes. Thousands of clients that trickle have one each, all the time: it is small, and one object. */
export class Waiting {
  readonly promise = new Promise<Answer>(keepLast);
  readonly #resolve = resolveLast;
  readonly #reject = rejectLast;

  /** @param parts of an iteration, or null for one read */
  constructor(
    readonly want: Want,
    readonly max: number,
    readonly parts: Parts | null,
  ) {}

  answer(data: Uint8Array): void {
    this.#resolve(this.parts ? this.parts.answer(data) : data);
  }

  fail(error: Error): void {
    // A read that the application forgot about must not end the process.
    this.promise.catch(ignore);
    this.parts?.end();
    this.#reject(error);
  }
}

const OVER: IteratorResult<Uint8Array, undefined> = Object.freeze({ value: undefined, done: true });

/** One iteration of an input: what comes, as it comes. Ends at the end of the file, and with the error of a read. */
export class Parts implements AsyncIterableIterator<Uint8Array, undefined> {
  #over = false;
  readonly #next: (parts: Parts) => Promise<Answer>;

  constructor(next: (parts: Parts) => Promise<Answer>) {
    this.#next = next;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#over ? Promise.resolve(OVER) : (this.#next(this) as Promise<IteratorResult<Uint8Array, undefined>>);
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#over = true;
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  end(): void {
    this.#over = true;
  }

  answer(data: Uint8Array): IteratorResult<Uint8Array, undefined> {
    if (data.length > 0) return { value: data, done: false };
    this.#over = true;
    return OVER;
  }
}

function ignore(): void {}
