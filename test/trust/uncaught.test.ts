import { describe, expect, it } from 'vitest';
import { nativeEngine, nativeUnavailable } from '../../src/engines/native.js';
import { balance } from '../../src/ledger/balance.js';
import type { ClientEntry } from '../../src/ledger/books.js';
import { ChunkClient } from '../../src/soak/chunk-client.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';
import { Serving } from './serving.js';

/** Where the application throws, and what the client gets: all of it, or visibly less. */
const places: Readonly<Record<string, 'complete' | 'truncated'>> = {
  nowhere: 'complete',
  app: 'truncated',
  start: 'truncated',
  iterator: 'truncated',
  'first-next': 'truncated',
  next: 'truncated',
  return: 'complete',
  close: 'complete',
  completed: 'complete',
  drained: 'complete',
  timer: 'complete',
  microtask: 'complete',
  input: 'complete',
};

describe.each(['native', 'node'])('an application that throws in every callback, %s engine', (engine) => {
  const missing = engine === 'native' && !nativeEngine() ? (nativeUnavailable() ?? 'unknown reason') : null;
  const skipped = missing === null ? '' : ` (skipped: ${missing})`;

  it.skipIf(missing !== null).each([
    ['', 'complete responses are whole, others visibly not, and the server goes on'],
    ['log', 'the same when the log throws, too'],
  ])(`%s %s${skipped}`, async (log) => {
    const serving = Serving.script('throwing.mjs', engine, log);
    const port = await serving.port();
    const entries: ClientEntry[] = [];
    for (const style of ['sync', 'async'])
      for (const [place, expected] of Object.entries(places)) {
        const client = new ChunkClient(port);
        const id = `${style}-${place}`;
        expect(await within(client.ask(id, `/${style}/${place}`), `the end of ${id}`), id).toBe(expected);
        client.leave();
        entries.push(
          ...client.entries.map((entry) => (entry.end === 'truncated' ? { ...entry, end: 'left' as const } : entry)),
        );
      }
    // A client that leaves: the signal's listener and return() throw.
    for (const style of ['sync', 'async'])
      for (const place of ['signal', 'return']) {
        const client = new ChunkClient(port);
        void client.ask(`${style}-gone-${place}`, `/${style}/${place}`);
        await eventually(() => serving.book().has(`${style}-gone-${place}`), 'the request to arrive');
        client.leave('rst');
        entries.push(...client.entries);
      }
    await eventually(
      () => [...serving.book().values()].every(({ closed, settled }) => closed > 0 && settled > 0),
      'every body to be closed',
    );
    const books = balance(entries, serving.book());
    // What the application did to itself is no fault of the clients: its books say app-error, and nothing else is odd.
    const odd = books.unaccounted.filter(({ why }) => why !== 'the client left, the server failed');
    expect(odd).toEqual([]);
    expect(books).toMatchObject({ closed: books.opened, settled: books.opened });
    const last = await RawClient.connect(port);
    const { status, body } = await last.request('/caught').response('an answer after all that');
    expect(status).toBe(200);
    for (const place of ['completed', 'drained', 'timer', 'microtask', 'input'])
      expect(body).toContain(`oops in ${place}`);
    last.close();
  });
});
