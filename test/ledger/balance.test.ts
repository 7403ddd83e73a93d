import { describe, expect, it } from 'vitest';
import { balance, type Injected } from '../../src/ledger/balance.js';
import {
  type ClientEnd,
  type ClientEntry,
  readRecords,
  type ServerRecord,
  serverBook,
} from '../../src/ledger/books.js';

const client = (end: ClientEnd, chunks: number | null = 3, wrong: string[] = []): ClientEntry => ({
  id: 'a',
  end,
  chunks,
  wrong,
});
const opened: ServerRecord = { event: 'opened', process: 1, id: 'a' };
const closed = (reason: string, chunks = 3): ServerRecord => ({ event: 'closed', process: 1, id: 'a', chunks, reason });
const settled = (outcome: string): ServerRecord => ({ event: 'settled', process: 1, id: 'a', outcome });
/** A body's close, and what became of its bytes. */
const ended = (reason: string, outcome = reason): ServerRecord[] => [closed(reason), settled(outcome)];
const killed: Injected = { killed: new Set([1]), stopped: false };
const stopped: Injected = { killed: new Set(), stopped: true };

type Row = [
  name: string,
  client: ClientEntry,
  server: ServerRecord[],
  faults: Injected | undefined,
  why: string | null,
];
const rows: Row[] = [
  ['complete on both sides', client('complete'), [opened, ...ended('done')], undefined, null],
  ['complete, chunks not looked at', client('complete', null), [opened, ...ended('done')], undefined, null],
  ['a chunk was dropped', client('complete', 2), [opened, ...ended('done')], undefined, 'complete with 2 of 3 chunks'],
  [
    'a chunk is wrong',
    client('complete', 3, ['chunk 1 has another hash']),
    [opened, ...ended('done')],
    undefined,
    'chunk 1 has another hash',
  ],
  ['more than was sent', client('left', 4), [opened, ...ended('client-fin')], undefined, '4 chunks came, 3 were sent'],
  [
    'a truncation that looked whole',
    client('complete'),
    [opened, ...ended('app-error')],
    undefined,
    'complete for the client, app-error for the server',
  ],
  ['never closed', client('complete'), [opened], undefined, 'opened and never closed'],
  ['closed twice', client('complete'), [opened, ...ended('done'), closed('done')], undefined, 'closed 2 times'],
  ['settled twice', client('complete'), [opened, ...ended('done'), settled('done')], undefined, 'settled 2 times'],
  ['never settled', client('complete'), [opened, closed('done')], undefined, 'opened and never settled'],
  ['opened twice', client('complete'), [opened, opened, ...ended('done')], undefined, 'opened 2 times'],
  [
    'complete, and no server knows it',
    client('complete'),
    [],
    undefined,
    'complete for the client, unknown to the server',
  ],
  ['left before it arrived', client('left', 0), [], undefined, null],
  ['left under way', client('left', 1), [opened, ...ended('client-reset')], undefined, null],
  ['left, and the server had sent all', client('left', 1), [opened, ...ended('done')], undefined, null],
  [
    'left, and the server failed',
    client('left', 1),
    [opened, ...ended('app-error')],
    undefined,
    'the client left, the server failed',
  ],
  ['cut by a shutdown', client('truncated', 1), [opened, ...ended('shutdown')], stopped, null],
  [
    'cut for no reason',
    client('truncated', 1),
    [opened, ...ended('done')],
    undefined,
    'truncated for the client, done for the server',
  ],
  [
    'cut by a stall timeout',
    client('truncated', 1),
    [opened, ...ended('write-stalled')],
    undefined,
    'truncated for the client, write-stalled for the server',
  ],
  ['the process was killed', client('truncated', 1), [opened], killed, null],
  [
    'another process was killed',
    client('truncated', 1),
    [opened],
    { killed: new Set([2]), stopped: false },
    'opened and never closed',
  ],
  ['killed behind the last byte', client('complete'), [opened], killed, null],
  [
    'its body had ended, its bytes met the end of the grace',
    client('truncated', 1),
    [opened, ...ended('done', 'shutdown')],
    stopped,
    null,
  ],
  [
    'cut by a shutdown, and handed over for the server',
    client('truncated', 1),
    [opened, ...ended('done')],
    stopped,
    'truncated for the client, done for the server',
  ],
  [
    'a shutdown that nobody ordered',
    client('truncated', 1),
    [opened, ...ended('shutdown')],
    undefined,
    'truncated for the client, shutdown for the server',
  ],
  [
    'whole for the client, lost for the server',
    client('complete'),
    [opened, ...ended('done', 'shutdown')],
    stopped,
    'complete for the client, shutdown for the server',
  ],
  ['too late for a server that stops', client('unanswered', 0), [], stopped, null],
  [
    'unanswered for no reason',
    client('unanswered', 0),
    [],
    undefined,
    'unanswered for the client, unknown to the server',
  ],
];

describe('the books', () => {
  it.each(rows)('%s', (_name, entry, records, faults, why) => {
    const found = balance([entry], serverBook(records), faults);
    expect(found.unaccounted).toEqual(why === null ? [] : [{ id: 'a', why }]);
    expect(found.started).toBe(found.complete + found.left + found.injected + found.unaccounted.length);
  });

  it('a request that no client asked for', () => {
    expect(balance([], serverBook([opened, ...ended('done')])).unaccounted).toEqual([
      { id: 'a', why: 'no client asked for it' },
    ]);
  });

  it('one id for two clients', () => {
    const found = balance([client('complete'), client('complete')], serverBook([opened, ...ended('done')]));
    expect(found.unaccounted).toEqual([{ id: 'a', why: 'two clients have this id' }]);
  });

  it('sums', () => {
    const ids = ['b', 'c', 'd'];
    const ends: ClientEnd[] = ['complete', 'left', 'truncated'];
    const reasons = ['done', 'client-fin', 'shutdown'];
    const clients = ids.map((id, i) => ({ ...client(ends[i]!), id }));
    const records = ids.flatMap((id, i) => [
      { ...opened, id },
      { ...closed(reasons[i]!), id },
      { ...settled(reasons[i]!), id },
    ]);
    expect(balance(clients, serverBook(records), stopped)).toEqual({
      ...{ started: 3, complete: 1, left: 1, injected: 1, opened: 3, closed: 3, settled: 3, unaccounted: [] },
    });
  });

  it('a book ends where its process was killed', () => {
    const lines = `${JSON.stringify(opened)}\n${JSON.stringify(closed('done'))}\n{"event":"clo`;
    expect(readRecords(lines)).toEqual([opened, closed('done')]);
    expect(() => readRecords('{"event":\n{}\n')).toThrow(SyntaxError);
  });
});
