import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProbeReader } from '../../src/probes/reader.js';
import { openProbe } from '../../src/probes/writer.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  path = join(directory, 'probe.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const deadlineMs = 10_000;

describe('a probe', () => {
  it('tells what happened, when it happened', async () => {
    const probe = openProbe(path);
    const reader = new ProbeReader(path);
    const begin = Number(process.hrtime.bigint());
    probe.ready(8080);
    probe.request('a');
    probe.pull('a', 3);
    probe.gone('a', 'client-fin');
    probe.closed('a');
    const end = Number(process.hrtime.bigint());
    expect(await reader.until((events) => events.length >= 5, deadlineMs)).toBe(true);
    const events = reader.events();
    expect(events.map(({ event }) => event)).toEqual(['ready', 'request', 'pull', 'gone', 'closed']);
    expect(events[0]).toMatchObject({ port: 8080, pid: process.pid });
    for (const { t } of events) {
      expect(t).toBeGreaterThanOrEqual(begin);
      expect(t).toBeLessThanOrEqual(end);
    }
  });

  it('tells the total of many pulls in one line', async () => {
    const probe = openProbe(path);
    const reader = new ProbeReader(path);
    for (let i = 0; i < 1000; i++) probe.countPull();
    expect(await reader.until((events) => events.length > 0, deadlineMs)).toBe(true);
    expect(reader.events()).toEqual([expect.objectContaining({ event: 'pull', tag: '*', pulls: 1000 })]);
  });

  it('says nothing about requests without a tag, and nothing at all without a path', async () => {
    const probe = openProbe(path);
    probe.request('');
    probe.gone('', 'client-fin');
    probe.ready(1);
    const reader = new ProbeReader(path);
    expect(await reader.until((events) => events.length > 0, deadlineMs)).toBe(true);
    expect(reader.events().map(({ event }) => event)).toEqual(['ready']);
    expect(() => openProbe('').gone('a', 'x')).not.toThrow();
  });
});

describe('reading a probe', () => {
  const line = (tag: string): string => `{"event":"request","t":1,"tag":"${tag}"}`;

  it('waits for the end of a line, and for the end of a character', () => {
    const reader = new ProbeReader(path);
    const bytes = Buffer.from(`${line('ä')}\n`);
    const middle = bytes.indexOf(0xc3) + 1;
    appendFileSync(path, bytes.subarray(0, middle));
    expect(reader.events()).toEqual([]);
    appendFileSync(path, bytes.subarray(middle));
    expect(reader.events()).toEqual([{ event: 'request', t: 1, tag: 'ä' }]);
  });

  it('keeps what is no event apart, and counts it', () => {
    appendFileSync(path, `${line('a')}\nnonsense\n\n${line('b')}\n`);
    const reader = new ProbeReader(path);
    expect(reader.only('request').map(({ tag }) => tag)).toEqual(['a', 'b']);
    expect(reader.rejectedCount).toBe(1);
    expect(reader.rejected[0]).toMatch(/not JSON: nonsense/);
  });

  it('starts a new round with an empty sheet', () => {
    const reader = new ProbeReader(path);
    appendFileSync(path, `${line('a')}\n`);
    reader.forget();
    appendFileSync(path, `${line('b')}\n`);
    expect(reader.only('request').map(({ tag }) => tag)).toEqual(['b']);
  });

  it('gives up waiting when told, and when its time is over', async () => {
    const reader = new ProbeReader(path);
    expect(await reader.until(() => false, 1)).toBe(false);
    expect(await reader.until(() => false, deadlineMs, AbortSignal.abort())).toBe(false);
  });
});
