import { describe, expect, it } from 'vitest';
import type { ServerStats } from '../../src/engines/engine.js';
import { exposition } from '../../src/metrics/exposition.js';

const STATS: ServerStats = {
  connections: 3,
  accepted: 10,
  requests: 20,
  inFlight: 1,
  refused: { 400: 2, 503: 1 },
  disconnects: { 'client-reset': 4 },
  states: { idle: 2, active: 1 },
  closed: { idle: 5 },
  waiting: { backoff: 1, drain: 0 },
  queuedBytes: 12_345,
  acceptPauses: { exhausted: 7 },
};

/** A reader of the format that knows nothing of how it was written. @throws Error on anything else */
function parse(page: string): Map<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  expect(page.endsWith('\n')).toBe(true);
  for (const line of page.slice(0, -1).split('\n')) {
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (meta) {
      const [, kind, name, text] = meta;
      if (kind === 'TYPE') {
        if (types.has(name!)) throw new Error(`a second TYPE of ${name}`);
        types.set(name!, text!);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\d+(?:\.\d+)?)$/.exec(line);
    if (!sample) throw new Error(`not a line of the format: ${line}`);
    const [, name, labels = '', value] = sample;
    if (!types.has(name!)) throw new Error(`no TYPE before ${name}`);
    if (types.get(name!) === 'counter' && !name!.endsWith('_total'))
      throw new Error(`a counter without _total: ${name}`);
    if (samples.has(name! + labels)) throw new Error(`twice: ${line}`);
    samples.set(name! + labels, Number(value));
  }
  return samples;
}

describe('the exposition format', () => {
  it('one server: every figure under its name', () => {
    expect(Object.fromEntries(parse(exposition([{ labels: {}, stats: STATS }])))).toEqual({
      'halfopen_connections{state="idle"}': 2,
      'halfopen_connections{state="active"}': 1,
      halfopen_connections_accepted_total: 10,
      'halfopen_connections_closed_total{cause="idle"}': 5,
      'halfopen_accept_pauses_total{cause="exhausted"}': 7,
      halfopen_requests_total: 20,
      halfopen_requests_in_flight: 1,
      'halfopen_refusals_total{status="400"}': 2,
      'halfopen_refusals_total{status="503"}': 1,
      'halfopen_disconnects_total{reason="client-reset"}': 4,
      'halfopen_bodies_waiting{for="backoff"}': 1,
      'halfopen_bodies_waiting{for="drain"}': 0,
      halfopen_queued_bytes: 12_345,
    });
  });

  it('several servers: all samples of a family stand together, under one TYPE', () => {
    const samples = parse(
      exposition([
        { labels: { worker: '1' }, stats: STATS },
        { labels: { worker: '2' }, stats: { ...STATS, requests: 5 } },
      ]),
    );
    expect(samples.get('halfopen_requests_total{worker="1"}')).toBe(20);
    expect(samples.get('halfopen_requests_total{worker="2"}')).toBe(5);
    expect(samples.get('halfopen_refusals_total{worker="2",status="503"}')).toBe(1);
  });

  it('labels are escaped', () => {
    const page = exposition([{ labels: { worker: 'a"b\\c\nd' }, stats: STATS }]);
    expect(page).toContain('halfopen_queued_bytes{worker="a\\"b\\\\c\\nd"} 12345\n');
    parse(page);
  });
});
