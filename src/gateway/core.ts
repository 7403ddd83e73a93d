import { HeadCache, type ResponseHead } from './response-head.js';
import { TurnQueue } from './turn-queue.js';
import type { App, BackoffPolicy, Environ, HalfClosePolicy } from './types.js';

/** Where the gateway reports what an operator should know. */
export interface Log {
  info(message: string): void;
  error(message: string, error?: unknown): void;
}

/** What all exchanges of one server share. Sizes in bytes, times in milliseconds. */
export interface GatewayPolicy {
  /** The body is not asked for more at or above this many unsent bytes (rule 12)… */
  readonly highWaterMark: number;
  /** …until no more than this many are left. */
  readonly lowWaterMark: number;
  /** Chunks one body may give in a turn before others have theirs (rule 17)… */
  readonly turnChunks: number;
  /** …and bytes, as its chunks exceed them. */
  readonly turnBytes: number;
  readonly backoff: BackoffPolicy;
  readonly onHalfClose: HalfClosePolicy;
  /** How long `return()` and `close()` of a body may take before the gateway stops waiting (rule 4). */
  readonly closeDeadlineMs: number;
}

/** What is true for every request of this server. */
export interface ServerFacts {
  readonly scheme: 'http' | 'https';
  readonly serverName: string;
  readonly serverPort: number;
  readonly multithread: boolean;
  readonly multiprocess: boolean;
}

/** One server's gateway: the application, its policy, and the turns of bodies that have much to say. */
export class Gateway {
  readonly heads = new HeadCache();
  readonly turns = new TurnQueue();

  constructor(
    readonly app: App,
    readonly policy: GatewayPolicy,
    readonly log: Log,
    readonly facts: ServerFacts,
  ) {}

  #held = 0;
  #whenReleased: (() => void)[] = [];

  /** A body's release takes until later: it is being asked, or its `return()` or `close()` gave a promise. */
  hold(): void {
    this.#held++;
  }

  letGo(): void {
    if (--this.#held > 0) return;
    // What follows from the last one, `close()` after `return()`, comes first.
    if (this.#whenReleased.length > 0) setImmediate(() => this.#tellReleased());
  }

  #tellReleased(): void {
    if (this.#held === 0) for (const tell of this.#whenReleased.splice(0)) tell();
  }

  /** Resolves when no body's release is under way, after `withinMs` at the latest. */
  released(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#held === 0) return resolve();
      const timer = setTimeout(resolve, withinMs);
      this.#whenReleased.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** The head of an answer that the gateway itself gives, e.g. `500 Internal Server Error`. */
  ownHead(status: string): ResponseHead {
    return this.heads.get(status, [['content-type', 'text/plain; charset=utf-8']], this.ownHead);
  }
}

/** `wsgi.errors`: lines of an application's diagnostics go to the log. */
export function errorStream(log: Log, environ: Pick<Environ, 'method' | 'path'>) {
  return { write: (text: string) => log.error(`${environ.method} ${environ.path}: ${text.replace(/\n$/, '')}`) };
}
