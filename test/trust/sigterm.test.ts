import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { nativeEngine, nativeUnavailable } from '../../src/engines/native.js';
import { balance } from '../../src/ledger/balance.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';
import { counts, seeded } from './counts.js';
import { Crowd } from './crowd.js';
import { Serving } from './serving.js';

const graceMs = 300;
const withinMs = 250;

describe.each(['native', 'node'])('SIGTERM at any moment, %s engine', (engine) => {
  const missing = engine === 'native' && !nativeEngine() ? (nativeUnavailable() ?? 'unknown reason') : null;
  const trials = Math.ceil(counts.sigterms / 2);
  const title = `${trials} times: every request accounted for, truncations visible, exit 0 after the drain`;

  it.skipIf(missing !== null)(`${title}${missing ? ` (skipped: ${missing})` : ''}`, { timeout: 600_000 }, async () => {
    const random = seeded(engine === 'native' ? 1 : 2);
    let cut = 0;
    for (let trial = 0; trial < trials; trial++) {
      const moment = random() * withinMs;
      const about = `trial ${trial}, ${moment.toFixed(1)} ms`;
      const serving = Serving.command('--engine', engine, '--grace-ms', String(graceMs));
      const crowd = new Crowd(await serving.port(), `t${trial}`);
      await sleep(moment);
      serving.child.kill('SIGTERM');
      const exit = within(serving.exit, `exit in ${about}`, graceMs + 1000 + counts.allowanceMs);
      expect(await exit, about).toBe(0);
      const entries = await within(crowd.entries(), `the clients of ${about} to see the end`);
      const books = balance(entries, serving.book(), { killed: new Set(), stopped: true });
      expect(books.unaccounted, about).toEqual([]);
      expect(books.started).toBe(crowd.asked);
      expect(books).toMatchObject({ closed: books.opened, settled: books.opened });
      cut += books.injected;
      serving.clear();
    }
    expect(cut, 'streams were under way').toBeGreaterThan(0);
  });

  const stalled = 'a reader that stalls: the body has ended, its bytes have not left, and the book says so';
  it.skipIf(missing !== null)(`${stalled}${missing ? ` (skipped: ${missing})` : ''}`, async () => {
    const serving = Serving.command('--engine', engine, '--grace-ms', String(graceMs));
    const client = await RawClient.connect(await serving.port());
    client.stall().request('/length?count=1&bytes=8000000', { fields: 'ledger-id: slow\r\n' });
    await eventually(() => serving.book().get('slow')?.closed === 1, 'the end of the body');
    serving.child.kill('SIGTERM');
    expect(await within(serving.exit, 'the exit')).toBe(0);
    client.readOn();
    expect((await client.response('what came of it')).complete).toBe(false);
    expect(serving.book().get('slow')).toMatchObject({ closed: 1, reason: 'done', settled: 1, outcome: 'shutdown' });
  });
});
