import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ProbeReader } from '../../src/probes/reader.js';
import type { ScenarioContext } from '../../src/runner/context.js';
import { recordFalseAborts } from '../../src/runner/false-aborts.js';
import type { CutSample } from '../../src/traffic/client.js';

const line = (event: object): string => `${JSON.stringify(event)}\n`;

/** A target whose last words about two finished clients come so much later. */
async function recorded(lateMs: number, lastWords: readonly object[]): Promise<unknown[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'halfopen-')), 'probe');
  writeFileSync(file, ['a', 'b'].map((tag) => line({ event: 'request', t: 1, tag })).join(''));
  const told = sleep(lateMs).then(() => appendFileSync(file, lastWords.map(line).join('')));
  const found: unknown[] = [];
  const context = {
    probe: new ProbeReader(file),
    signal: new AbortController().signal,
    sleep: (ms: number) => sleep(ms),
    measure: (_: unknown, series: unknown) => found.push(series),
    exclude: () => {},
    note: (text: string) => found.push(text),
  };
  const samples = ['a', 'b'].map((tag) => ({
    tag,
    action: 'fin',
    receipt: { ok: true, reason: null },
    outcome: 'ended',
  }));
  await recordFalseAborts(
    context as unknown as ScenarioContext,
    { twin: 'late-fin' },
    samples as unknown as CutSample[],
  );
  await told;
  return found;
}

const closed = ['a', 'b'].map((tag) => ({ event: 'closed', t: 3, tag }));

it('a false abort that is told late, with the release, counts', async () => {
  const gone = { event: 'gone', t: 2, tag: 'b', reason: 'client-fin' };
  expect(await recorded(200, [gone, ...closed])).toEqual([
    { kind: 'count', count: 1, of: 2 },
    'late-fin: 1 × application was told client-fin',
  ]);
});

it('no word but the release: none', async () => {
  expect(await recorded(200, closed)).toEqual([{ kind: 'count', count: 0, of: 2 }]);
});
