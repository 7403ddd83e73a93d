import { fieldsOf, inputEnds, type ProbeEventName } from './event.js';

const described: Readonly<Record<string, string>> = {
  t: 'nanoseconds of CLOCK_MONOTONIC, read when the thing happened',
  tag: 'the request header x-halfopen-tag, as it came',
  pid: 'process that accepts the connections',
  port: 'where it accepts them',
  pulls: 'how often the body was asked for a chunk so far',
  reason: 'why the client is gone, in the target’s own words',
  runtime: 'when the runtime below the application knew, nanoseconds',
  state: 'how the request body ended for the application that read it',
  bytes: 'how much of the request body it got',
};

const meaning: Readonly<Record<ProbeEventName, string>> = {
  ready: 'the server accepts connections',
  request: 'the application was called',
  pull: 'the body was asked for a chunk; tag *: total of all bodies',
  gone: 'the application learned that its client is gone',
  closed: 'the body and what it held were released',
  end: 'the body came to its own end',
  input: 'the request body came to its end for the application',
  clock: 'the times of this target count from an origin of its own',
};

/** Fields that an event may have beside those that it must. */
const optional: Readonly<Partial<Record<ProbeEventName, readonly string[]>>> = { gone: ['runtime'] };

/** One line of a probe as JSON Schema (draft 2020-12), from the same table that reads the lines. */
export function probeSchema(): unknown {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'One event of a halfopen probe',
    description: 'Newline-delimited JSON, appended to the file that HALFOPEN_PROBE names',
    type: 'object',
    oneOf: Object.entries(fieldsOf).map(([name, fields]) => ({
      description: meaning[name as ProbeEventName],
      properties: {
        event: { const: name },
        t: field('t', 'number'),
        ...Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, field(key, type)])),
        ...Object.fromEntries((optional[name as ProbeEventName] ?? []).map((key) => [key, field(key, 'number')])),
      },
      required: ['event', 't', ...Object.keys(fields)],
    })),
  };
}

function field(name: string, type: 'number' | 'string'): unknown {
  const values = name === 'state' ? { enum: inputEnds } : {};
  return { description: described[name], type, ...(type === 'number' ? { minimum: 0 } : {}), ...values };
}
