import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { nativeEngine, nativeUnavailable } from '../../src/engines/native.js';
import { balance } from '../../src/ledger/balance.js';
import { eventually, within } from '../support/waiting.js';
import { counts, seeded } from './counts.js';
import { Crowd } from './crowd.js';
import { Serving } from './serving.js';

/** A supervisor waits longer with each death: a fresh one for every few. */
const killsOfOne = 5;

describe.each(['native', 'node'])('SIGKILL of a worker, %s engine', (engine) => {
  const missing = engine === 'native' && !nativeEngine() ? (nativeUnavailable() ?? 'unknown reason') : null;
  const kills = Math.ceil(counts.workerKills / 2);
  const title = `${kills} times: every request accounted for, the others go on, exit 0 in the end`;

  it.skipIf(missing !== null)(`${title}${missing ? ` (skipped: ${missing})` : ''}`, { timeout: 600_000 }, async () => {
    const random = seeded(engine === 'native' ? 3 : 4);
    for (let from = 0; from < kills; from += killsOfOne)
      await oneSupervisor(Math.min(killsOfOne, kills - from), random);
  });

  async function oneSupervisor(kills: number, random: () => number): Promise<void> {
    const serving = Serving.command('--engine', engine, '--workers', '3', '--grace-ms', '500');
    const crowd = new Crowd(await serving.port(), 'k', { size: 18, steady: true });
    const killed = new Set<number>();
    const alive = () =>
      [...new Set([...serving.book().values()].map((entry) => entry.process))].filter((pid) => !killed.has(pid));
    for (let i = 0; i < kills; i++) {
      await eventually(() => alive().length >= 2, 'two workers to have answered');
      await sleep(random() * 150);
      const those = alive();
      const pid = those[Math.floor(random() * those.length)]!;
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
      await eventually(() => serving.output.includes(`worker ${pid} ended (SIGKILL)`), 'the supervisor to notice');
      const before = serving.book().size;
      await eventually(() => serving.book().size > before, 'the others to go on');
    }
    crowd.stop();
    serving.child.kill('SIGTERM');
    expect(await within(serving.exit, 'the supervisor to exit', 1500 + counts.allowanceMs)).toBe(0);
    const entries = await within(crowd.entries(), 'the clients to see the end');
    const books = balance(entries, serving.book(), { killed, stopped: true });
    expect(books.unaccounted).toEqual([]);
    expect(books.started).toBe(crowd.asked);
    expect(books.injected, 'streams were under way').toBeGreaterThan(0);
    serving.clear();
  }
});
