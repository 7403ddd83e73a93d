import {
  byKind,
  type Check,
  flag,
  list,
  number,
  oneOf,
  optional,
  orNull,
  record,
  ShapeError,
  shape,
  text,
  whole,
} from './check.js';
import { type RunReport, schemaVersion } from './model.js';

const verdict = oneOf('pass', 'fail', 'inconclusive', 'skipped');

const bucket: Check = (value, path) => {
  list(whole)(value, path);
  if ((value as unknown[]).length !== 2) throw new ShapeError(path, 'a bucket and its count', value);
};

const interval: Check = (value, path) => {
  list(orNull(number))(value, path);
  if ((value as unknown[]).length !== 2) throw new ShapeError(path, 'a low and a high end', value);
};

const series = byKind({
  values: shape({ values: list(number) }),
  histogram: shape({
    histogram: shape({ count: whole, min: number, max: number, sum: number, buckets: list(bucket) }),
    scale: number,
  }),
  count: shape({ count: number, of: number }),
});

const measure = shape({
  name: text,
  title: text,
  unit: text,
  detail: optional(oneOf(true)),
  better: oneOf('lower', 'higher'),
  what: text,
  labels: record(text),
  series,
  rounds: optional(record(list(number))),
  intervals: optional(record(interval)),
  clientLag: optional(number),
  doubt: optional(text),
});

const bar = shape({
  text,
  verdict,
  actual: orNull(number),
  limit: orNull(number),
  unit: text,
  samples: whole,
  detail: text,
  knownLimit: optional(shape({ original: text, reason: text })),
});

const result = shape({
  scenario: text,
  target: text,
  verdict,
  measures: list(measure),
  bars: list(bar),
  excluded: record(number),
  notes: list(text),
  disturbance: number,
  seconds: number,
  harness: optional(shape({ cpuMs: number, collections: whole, collectionMs: number, longestCollectionMs: number })),
  receiveBuffers: optional(list(whole)),
  problem: optional(text),
});

const environment = shape({
  kernel: text,
  arch: text,
  cpuModel: text,
  cores: whole,
  memoryBytes: number,
  node: text,
  revision: orNull(text),
  dirty: orNull(flag),
  congestionControl: orNull(text),
  tcpRmem: orNull(text),
  tcpWmem: orNull(text),
  sysctls: optional(record(text)),
  loadAverage: number,
  serverCpu: orNull(whole),
  clientCpu: orNull(whole),
});

const gateFigure = shape({
  name: text,
  title: text,
  verdict: oneOf('pass', 'fail', 'more', 'inconclusive'),
  pairs: whole,
  slowdown: orNull(number),
  low: orNull(number),
  high: orNull(number),
  noise: orNull(number),
  margin: number,
  detectable: orNull(number),
});

const gateSession = shape({
  seed: whole,
  pairs: whole,
  cap: whole,
  seconds: number,
  controlSpread: orNull(number),
  figures: list(gateFigure),
});

const gate = shape({
  verdict: oneOf('pass', 'fail', 'inconclusive', 'invalid', 'no-baseline', 'interrupted'),
  reasons: list(text),
  baseline: text,
  candidate: text,
  sessions: list(gateSession),
  counts: optional(list(shape({ name: text, title: text, unit: text, base: number, cand: number }))),
});

const run = shape({
  tool: shape({ name: oneOf('halfopen'), version: text }),
  id: text,
  startedAt: text,
  seconds: number,
  seed: whole,
  size: oneOf('quick', 'default', 'full'),
  interrupted: flag,
  verdict,
  exitCode: whole,
  environment,
  targets: list(shape({ name: text, role: oneOf('own', 'control', 'peer'), summary: text, version: optional(text) })),
  scenarios: list(shape({ name: text, group: text, question: text })),
  results: list(result),
  notes: list(text),
  shard: optional(shape({ index: whole, of: whole })),
  gate: optional(gate),
});

/**
 * A stored run, as it was read.
 *
 * @throws ShapeError that names the member which is wrong
 */
export function validRun(value: unknown): RunReport {
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'number' && schema > schemaVersion)
    throw new ShapeError('schema', `${schemaVersion} or older (this file needs a newer halfopen)`, schema);
  shape({ schema: oneOf(schemaVersion) })(value, '');
  run(value, '');
  return value as RunReport;
}
