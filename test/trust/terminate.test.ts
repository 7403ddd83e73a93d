import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { nativeEngine, nativeUnavailable } from '../../src/engines/native.js';
import { balance } from '../../src/ledger/balance.js';
import type { ClientEntry } from '../../src/ledger/books.js';
import { eventually, within } from '../support/waiting.js';
import { counts, seeded } from './counts.js';
import { Crowd } from './crowd.js';
import { Serving } from './serving.js';

/**
 * The node engine is left out: in Node.js 20, a thread that is terminated while node:http tells of a request ends the whole
 * process ("FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal"), once in a hundred times, whoever uses it.
 */
const engine = 'native';

describe('a thread that serves is terminated, native engine', () => {
  const missing = nativeEngine() ? null : (nativeUnavailable() ?? 'unknown reason');
  const threads = counts.terminations;
  const title = `${threads} times with live streams: every request accounted for, the process goes on, nothing stays open`;

  it.skipIf(missing !== null)(`${title}${missing ? ` (skipped: ${missing})` : ''}`, { timeout: 600_000 }, async () => {
    const random = seeded(5);
    const serving = Serving.script('threads.mjs', engine);
    const descriptors: number[] = [];
    const entries: ClientEntry[] = [];
    let asked = 0;
    const said = async (pattern: RegExp, label: string): Promise<number> => {
      await eventually(() => pattern.test(serving.output), `${label}; it said: ${serving.output.slice(-500)}`);
      return Number(pattern.exec(serving.output)![1]);
    };
    for (let i = 1; i <= threads; i++) {
      serving.child.stdin!.write(`start ${i}\n`);
      const port = await said(new RegExp(`thread ${i} at (\\d+)`), `thread ${i} to listen`);
      const crowd = new Crowd(port, `t${i}`, { size: 10 });
      await eventually(() => crowd.streaming > 0, 'streams to be under way');
      await sleep(random() * 60);
      serving.child.stdin!.write(`end ${i}\n`);
      descriptors.push(await said(new RegExp(`thread ${i} over, (\\d+) desc`), `thread ${i} to end`));
      entries.push(...(await within(crowd.entries(), `the clients of thread ${i} to see the end`)));
      asked += crowd.asked;
    }
    const killed = new Set(Array.from({ length: threads }, (_, i) => i + 1));
    const books = balance(entries, serving.book(), { killed, stopped: false });
    expect(books.unaccounted).toEqual([]);
    expect(books.started).toBe(asked);
    expect(books.injected, 'streams were under way').toBeGreaterThan(threads);
    // One descriptor a thread is its book, which Node closes with the thread.
    expect(descriptors.at(-1)! - descriptors[0]!, `descriptors: ${descriptors.join(' ')}`).toBeLessThanOrEqual(2);
    serving.child.stdin!.end();
    expect(await within(serving.exit, 'the process to end')).toBe(0);
  });
});
