/**
 * Does every wire case get, over a real socket, what the table allows, whole, byte by byte and cut anywhere; and is the
 * connection afterwards in the state that the table says? On the native engine all of it; of the node engine, that it
 * differs only where docs/limits.md says so.
 */
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Server } from '../../src/engines/engine.js';
import { nativeEngine } from '../../src/engines/native.js';
import { serve } from '../../src/gateway/serve.js';
import type { App } from '../../src/gateway/types.js';
import { RawClient } from '../support/raw-client.js';
import { aWhile, within } from '../support/waiting.js';
import { field, type WireResponse } from '../support/wire-response.js';

interface Row {
  readonly id: string;
  readonly raw_b64: string;
  readonly status_sequence: readonly number[] | null;
  readonly status_any_of: readonly number[] | null;
  readonly after: 'keep' | 'close' | 'wait';
}
interface Case extends Row {
  readonly bytes: Buffer;
}

const file = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const CASES: readonly Case[] = file('../data/wire-cases.jsonl')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Row)
  .map((row) => ({ ...row, bytes: Buffer.from(row.raw_b64, 'base64') }));

/** Further ones, where that table is thin; for the native engine. */
const OWN: readonly Case[] = file('../data/wire-cases-own.jsonl')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Row & { readonly text: string })
  .map((row) => ({ ...row, bytes: Buffer.from(row.text, 'latin1') }));

/** What completes the cases that wait. */
const REST: Readonly<Record<string, string>> = { F16: 'world', F17: '\r\n\r\n' };
/** Cases that ask by another method than GET, where that changes how the answer is read. */
const METHODS: Readonly<Record<string, readonly string[]>> = { F08: ['HEAD', 'GET'] };
const SMALL = 200;
const RANDOM_CUTS = 64;
const AT_ONCE = 96;
const DEADLINE_MS = 15_000;

const app: App = async (environ, start) => {
  if (environ.method === 'POST' && environ.path === '/reject') {
    start('403 Forbidden', []);
    return ['no'];
  }
  await environ.input.read();
  start('200 OK', []);
  return [environ.path];
};

/** Parts in which the bytes of a case are sent. */
type Cut = (bytes: Buffer) => Iterable<Buffer>;

function* byteByByte(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
const whole: Cut = (bytes) => [bytes];
const cutAt =
  (at: number): Cut =>
  (bytes) => [bytes.subarray(0, at), bytes.subarray(at)];

/** Every offset of a short case, the same random ones of a long one in every run. */
function offsets({ id, bytes }: Case): number[] {
  if (bytes.length <= SMALL) return Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
  let state = [...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  return Array.from({ length: RANDOM_CUTS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + (state % (bytes.length - 1));
  });
}

async function sendParts(client: RawClient, parts: Iterable<Buffer>): Promise<void> {
  for (const part of parts) {
    if (client.end) return; // refused meanwhile
    client.send(part);
    // Client and server share this event loop: after two turns the part was read.
    await turn();
    await turn();
  }
}

/** The final responses; interim ones are counted among `interim`. */
async function responses(client: RawClient, row: Case, interim: number[]): Promise<WireResponse[]> {
  const count = row.status_sequence?.length ?? 1;
  const found: WireResponse[] = [];
  while (found.length < count) {
    const method = METHODS[row.id]?.[found.length] ?? 'GET';
    const response = await client.response(`response ${found.length + 1} of ${row.id}`, method, DEADLINE_MS);
    if (response.status < 200) interim.push(response.status);
    else found.push(response);
  }
  return found;
}

/** Plays one case. Throws what does not hold. */
async function play(server: Server, row: Case, cut: Cut): Promise<void> {
  const client = await RawClient.connect(server.port);
  try {
    await sendParts(client, cut(row.bytes));
    if (row.after === 'wait') {
      await aWhile(30);
      expect([client.received, client.end], 'nothing before the rest').toEqual(['', null]);
      client.send(REST[row.id]!);
    }
    const interim: number[] = [];
    const got = await responses(client, row, interim);
    const statuses = got.map(({ status }) => status);
    if (row.after === 'wait') expect(statuses).toEqual([200]);
    else if (row.status_sequence) expect(statuses).toEqual(row.status_sequence);
    else expect(row.status_any_of).toContain(statuses[0]);
    for (const status of interim) expect(row.status_any_of).toContain(status);

    const last = got.at(-1)!;
    // A case that may be accepted and kept, or refused: a refusal always closes.
    if (row.after === 'close' || last.status >= 400) {
      expect(field(last, 'connection')).toBe('close');
      expect(await client.untilEnd(`the end of ${row.id}`, DEADLINE_MS)).toBe('fin');
    } else {
      client.request('/after');
      const after = await client.response(`a response after ${row.id}`, 'GET', DEADLINE_MS);
      expect([after.status, after.body]).toEqual([200, '/after']);
    }
    expect(client.received, 'nothing behind the last response').toBe('');
  } finally {
    client.reset(); // tens of thousands of ports in TIME_WAIT would be too many
  }
}

/** Plays all, many at a time. @returns one line for each that failed */
async function playAll(server: Server, runs: readonly { row: Case; name: string; cut: Cut }[]): Promise<string[]> {
  const failures: string[] = [];
  const queue = runs[Symbol.iterator]();
  const worker = async () => {
    for (const { row, name, cut } of queue) {
      await play(server, row, cut).catch((error: Error) => {
        failures.push(`${row.id} ${name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
      });
    }
  };
  await within(Promise.all(Array.from({ length: AT_ONCE }, worker)), 'all cases', 110_000);
  return failures;
}

const quiet = { info: () => {}, error: () => {} };
const runs = (name: string, cut: Cut, cases = CASES) => cases.map((row) => ({ row, name, cut }));

describe.skipIf(!nativeEngine())('wire cases, native engine', () => {
  let server: Server;
  beforeAll(async () => {
    server = await serve(app, { engine: 'native', port: 0, log: quiet });
  });
  afterAll(() => within(server.close({ graceMs: 0 }), 'the server to close'));

  const all = [...CASES, ...OWN];

  it('has all 117 of them, and 31 of our own', () => {
    expect([CASES.length, OWN.length]).toEqual([117, 31]);
  });

  it('whole', { timeout: 120_000 }, async () => {
    expect(await playAll(server, runs('whole', whole, all))).toEqual([]);
  });

  it('byte by byte', { timeout: 120_000 }, async () => {
    expect(await playAll(server, runs('byte by byte', byteByByte, all))).toEqual([]);
  });

  it('cut in two', { timeout: 120_000 }, async () => {
    const cuts = all.flatMap((row) => offsets(row).map((at) => ({ row, name: `cut at ${at}`, cut: cutAt(at) })));
    expect(await playAll(server, cuts)).toEqual([]);
  });
});

describe('wire cases, node engine', () => {
  /** The first cell of each row of the table in docs/limits.md. */
  const documented = (file('../../docs/limits.md').split('## Wire cases')[1] ?? '').match(/^\| [A-F]\d\d/gm) ?? [];

  it('differs only where docs/limits.md says so', { timeout: 120_000 }, async () => {
    const server = await serve(app, { engine: 'node', port: 0, log: quiet, headTimeoutMs: 2000 });
    try {
      const failures = await playAll(server, runs('whole', whole));
      const known = new Set(documented.map((cell) => cell.slice(2)));
      expect(failures.filter((line) => !known.has(line.slice(0, 3)))).toEqual([]);
      // The table is of this version; later ones are stricter.
      const found = new Set(failures.map((line) => line.slice(0, 3)));
      if (process.versions.node.startsWith('20.')) expect([...known].filter((id) => !found.has(id))).toEqual([]);
    } finally {
      await within(server.close({ graceMs: 0 }), 'the server to close');
    }
  });
});
