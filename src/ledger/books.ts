/** The two books: what clients asked for and got, and what the server began and ended. */

/**
 * How a request ended for its client.
 *
 * - `complete`: the framing says that the response is whole
 * - `left`: the client itself broke off
 * - `truncated`: the server broke off, and the client could see it: a reset, or an end inside the framing
 * - `unanswered`: the connection was refused, or ended before a byte of the response
 */
export type ClientEnd = 'complete' | 'left' | 'truncated' | 'unanswered';

export interface ClientEntry {
  readonly id: string;
  readonly end: ClientEnd;
  /** Whole chunks received; null when nobody looked inside. */
  readonly chunks: number | null;
  /** What was wrong with them. */
  readonly wrong: readonly string[];
}

/** One line of a server's book. `process` tells the servers of a run apart. */
export type ServerRecord =
  | { readonly event: 'opened'; readonly process: number; readonly id: string }
  | {
      readonly event: 'closed';
      readonly process: number;
      readonly id: string;
      /** Chunks given to the gateway. */
      readonly chunks: number;
      /** The kind of `CloseReason`: of a body, which may be long over when its last bytes leave. */
      readonly reason: string;
    }
  | {
      readonly event: 'settled';
      readonly process: number;
      readonly id: string;
      /** The kind of the `Completion`'s reason: whether the whole response was handed to the kernel. */
      readonly outcome: string;
    };

export interface ServerEntry {
  readonly id: string;
  readonly process: number;
  readonly opened: number;
  readonly closed: number;
  readonly chunks: number;
  /** Of the last close; null while there was none. */
  readonly reason: string | null;
  readonly settled: number;
  /** As the last `settled` has it; null while there was none. */
  readonly outcome: string | null;
}

const unopened = { opened: 0, closed: 0, chunks: 0, reason: null, settled: 0, outcome: null };

/** The entries by id. */
export function serverBook(records: Iterable<ServerRecord>): Map<string, ServerEntry> {
  const book = new Map<string, ServerEntry>();
  for (const record of records) {
    const { id, process } = record;
    const before = book.get(id) ?? { id, process, ...unopened };
    if (record.event === 'opened') book.set(id, { ...before, opened: before.opened + 1 });
    else if (record.event === 'settled')
      book.set(id, { ...before, settled: before.settled + 1, outcome: record.outcome });
    else book.set(id, { ...before, closed: before.closed + 1, chunks: record.chunks, reason: record.reason });
  }
  return book;
}

/**
 * Reads a book kept as lines of JSON. What a killed process was writing when it died is a line without an end.
 *
 * @throws SyntaxError for a line that is no JSON but the last
 */
export function readRecords(text: string): ServerRecord[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.filter((each) => each !== '').map((each) => JSON.parse(each) as ServerRecord);
}
