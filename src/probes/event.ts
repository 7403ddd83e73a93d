/**
 * What a target tells about its inside: newline-delimited JSON, one event a line (`docs/probe.md`).
 * `t` is CLOCK_MONOTONIC in nanoseconds, taken when the thing happened; the line may arrive later.
 */
export type ProbeEvent =
  | { readonly event: 'ready'; readonly t: number; readonly pid: number; readonly port: number }
  | { readonly event: 'request'; readonly t: number; readonly tag: string }
  /** `pulls`: how often the body was asked for a chunk so far. Tag `*`: all bodies together. */
  | { readonly event: 'pull'; readonly t: number; readonly tag: string; readonly pulls: number }
  /** The application learned that its client is gone. */
  | {
      readonly event: 'gone';
      readonly t: number;
      readonly tag: string;
      readonly reason: string;
      /** When the runtime below the application knew, where the target can tell. */
      readonly runtime?: number;
    }
  /** The body and what it held were released. */
  | { readonly event: 'closed'; readonly t: number; readonly tag: string }
  /** The body came to its own end. */
  | { readonly event: 'end'; readonly t: number; readonly tag: string }
  /** The request's body came to an end, in the eyes of the application that read it, after so many bytes. */
  | {
      readonly event: 'input';
      readonly t: number;
      readonly tag: string;
      readonly state: InputEnd;
      readonly bytes: number;
    }
  /** The target's `t` counts from an origin of its own: the testbed finds out which before it joins anything. */
  | { readonly event: 'clock'; readonly t: number };

/** How a request body ended for its reader: whole, cut short, or too slow. */
export const inputEnds = ['eof', 'broken', 'timed-out'] as const;
export type InputEnd = (typeof inputEnds)[number];

export type ProbeEventName = ProbeEvent['event'];

/** Fields beside `t` that each event must have, with the type of their values. */
export const fieldsOf: Record<ProbeEventName, Readonly<Record<string, 'number' | 'string'>>> = {
  ready: { pid: 'number', port: 'number' },
  request: { tag: 'string' },
  pull: { tag: 'string', pulls: 'number' },
  gone: { tag: 'string', reason: 'string' },
  closed: { tag: 'string' },
  end: { tag: 'string' },
  input: { tag: 'string', state: 'string', bytes: 'number' },
  clock: {},
};

/**
 * @returns the event, or what is wrong with the line, in words
 */
export function parseProbeLine(line: string): ProbeEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'not a JSON object';
  const record = value as Record<string, unknown>;
  const name = record.event;
  if (typeof name !== 'string' || !Object.hasOwn(fieldsOf, name))
    return `"event" must be one of ${Object.keys(fieldsOf).join(', ')}, got ${JSON.stringify(name)}`;
  const expected = { t: 'number', ...fieldsOf[name as ProbeEventName] };
  for (const [field, type] of Object.entries(expected)) {
    if (typeof record[field] !== type)
      return `${name}: "${field}" must be a ${type}, got ${JSON.stringify(record[field])}`;
  }
  const negative = Object.entries(expected).find(([field, type]) => type === 'number' && !(Number(record[field]) >= 0));
  if (negative) return `${name}: "${negative[0]}" must be 0 or more, got ${JSON.stringify(record[negative[0]])}`;
  if (name === 'input' && !inputEnds.some((state) => state === record.state))
    return `input: "state" must be one of ${inputEnds.join(', ')}, got ${JSON.stringify(record.state)}`;
  return record as unknown as ProbeEvent;
}
