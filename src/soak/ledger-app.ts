import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Body, Chunk, Environ } from '../gateway/types.js';
import type { ServerRecord } from '../ledger/books.js';
import { chunkText } from '../ledger/chunk.js';

/** The field that names a request in the books. */
export const idField = 'ledger-id';

export interface LedgerAppOptions {
  /** Tells this server from others of the run: its process id, or a number of one's own for a thread. */
  readonly process: number;
  /** Takes each record at once: what a killed process did not hand over is lost. */
  readonly keep: (record: ServerRecord) => void;
  /** The request whose chunk 1 is dropped: the positive control. */
  readonly dropFrom?: string;
}

/**
 * An application that keeps a book. Every request carries its id; its path says what it gets.
 *
 * - `/chunks?count=N&ms=M&bytes=B`: N chunks that can be accounted for, M ms apart (0: at once)
 * - `/length?…`: the same, with a Content-Length
 * - `/idle`: one chunk, then nothing until the client has gone
 * - `/empty?count=N`: N empty chunks, then one: the gateway backs off
 * - `/upload`: reads the body to its end, then one chunk
 */
export function ledgerApp(options: LedgerAppOptions): App {
  return (environ, start) => {
    const id = environ.headers.get(idField);
    if (id === null) {
      start('200 OK', [['content-type', 'text/plain']]);
      return ['hello\n'];
    }
    const query = new URLSearchParams(environ.query);
    const ask = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
    const wanted = { count: ask('count', 10), ms: ask('ms', 0), bytes: ask('bytes', 64) };
    const tell = { process: options.process, id };
    const entry = { chunks: 0 };
    const next = (): string => chunkText(id, entry.chunks++, wanted.bytes);
    options.keep({ event: 'opened', ...tell });
    // Asked for now: the gateway follows the last byte to the kernel only for who wants to know.
    void environ.completed.then(({ reason }) => options.keep({ event: 'settled', ...tell, outcome: reason.kind }));
    const headers: [string, string][] = [['content-type', 'text/plain']];
    if (environ.path === '/length') headers.push(['content-length', String(lengthOf(id, wanted))]);
    start('200 OK', headers);
    const chunks = bodyOf(environ, wanted, next);
    const sent = id === options.dropFrom ? withoutChunk(chunks, 1) : chunks;
    return {
      [Symbol.asyncIterator]: () => sent[Symbol.asyncIterator](),
      close: ({ kind }) => options.keep({ event: 'closed', ...tell, chunks: entry.chunks, reason: kind }),
    } satisfies Body;
  };
}

interface Wanted {
  readonly count: number;
  readonly ms: number;
  readonly bytes: number;
}

async function* bodyOf(environ: Environ, wanted: Wanted, next: () => string): AsyncGenerator<Chunk> {
  switch (environ.path) {
    case '/idle':
      yield next();
      await gone(environ.signal);
      return;
    case '/empty':
      for (let i = 0; i < wanted.count; i++) yield '';
      yield next();
      return;
    case '/upload':
      for await (const bytes of environ.input) void bytes;
      yield next();
      return;
    default:
      for (let i = 0; i < wanted.count; i++) {
        if (wanted.ms > 0) await sleep(wanted.ms);
        yield next();
      }
  }
}

/** It may have aborted before anybody listens. */
function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function* withoutChunk(chunks: AsyncGenerator<Chunk>, which: number): AsyncGenerator<Chunk> {
  let at = 0;
  for await (const chunk of chunks) if (at++ !== which) yield chunk;
}

function lengthOf(id: string, { count, bytes }: Wanted): number {
  let length = 0;
  for (let i = 0; i < count; i++) length += chunkText(id, i, bytes).length;
  return length;
}
