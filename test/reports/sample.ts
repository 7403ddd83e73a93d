import { histogramOf } from '../../src/measures/histogram.js';
import { count, nanosecondsAsMs, values } from '../../src/measures/measure.js';
import type { BarResult, MeasureResult, Result, RunReport } from '../../src/reports/model.js';

/** Text that every format has to escape. */
export const hostile = 'a <b> & "c" \'d\' | *e* `f` @g 100%, h: i\nnext\u0000line';

const measure = (name: string, unit: string, part: Partial<MeasureResult>): MeasureResult => ({
  ...{ name, title: name.replaceAll('_', ' '), unit, better: 'lower', what: 'for tests', labels: {} },
  ...{ series: values([1, 2, 3]), ...part },
});

const bar = (text: string, part: Partial<BarResult> = {}): BarResult => ({
  ...{ text, verdict: 'pass', actual: 1, limit: 5, unit: 'ms', samples: 1000, detail: '', ...part },
});

const result = (scenario: string, target: string, part: Partial<Result>): Result => ({
  ...{
    scenario,
    target,
    verdict: 'pass',
    measures: [],
    bars: [],
    excluded: {},
    notes: [],
    disturbance: 0,
    seconds: 2.5,
  },
  ...part,
});

/** A run with every verdict, every kind of series, a known limit, a problem and an exclusion. */
export const sample: RunReport = {
  schema: 1,
  tool: { name: 'halfopen', version: '0.1.0' },
  id: '2026-01-02T03-04-05-678',
  startedAt: '2026-01-02T03:04:05.678Z',
  seconds: 12.3,
  seed: 42,
  size: 'quick',
  interrupted: false,
  verdict: 'fail',
  exitCode: 11,
  environment: {
    ...{ kernel: 'Linux 6.1', arch: 'x64', cpuModel: 'Some CPU', cores: 2, memoryBytes: 8e9, node: 'v20.1.0' },
    ...{ revision: null, dirty: null, congestionControl: 'cubic', tcpRmem: '1 2 3', tcpWmem: '1 2 3' },
    ...{ loadAverage: 0.5, serverCpu: 0, clientCpu: null },
  },
  targets: [
    { name: 'native', role: 'own', summary: 'ours' },
    { name: 'node-http', role: 'control', summary: 'theirs' },
  ],
  scenarios: [
    { name: 'plain', group: 'throughput', question: 'How many?' },
    { name: 'fin-idle', group: 'dropped-client', question: 'When?' },
    { name: 'storm', group: 'empty-yield', question: 'Who suffers?' },
  ],
  results: [
    result('plain', 'native', {
      measures: [
        measure('requests_per_second', '/s', {
          better: 'higher',
          series: values([900, 1000, 1100]),
          rounds: { p50: [900, 1000, 1100] },
        }),
        measure('wrong_answers', 'requests', { series: count(0, 3000) }),
      ],
      bars: [bar('wrong_answers count == 0', { actual: 0, limit: 0, unit: 'requests' })],
    }),
    result('plain', 'node-http', {
      measures: [
        measure('requests_per_second', '/s', {
          better: 'higher',
          series: values([300, 310, 320]),
          rounds: { p50: [300, 310, 320] },
        }),
      ],
    }),
    result('fin-idle', 'native', {
      verdict: 'fail',
      measures: [
        measure('notice_app_ms', 'ms', {
          labels: { cut: 'fin' },
          series: nanosecondsAsMs(histogramOf(Array.from({ length: 1000 }, (_, i) => 50_000 + 400 * i))),
          clientLag: 0.01,
        }),
      ],
      bars: [
        bar('notice_app_ms{cut:fin} p(99) <= 0.2', { verdict: 'fail', actual: 0.45, limit: 0.2, detail: hostile }),
        bar('unnoticed{cut:fin} count == 0', {
          verdict: 'inconclusive',
          actual: null,
          limit: null,
          samples: 0,
          detail: 'no data',
        }),
        bar('memory_kib max < 1', {
          verdict: 'skipped',
          detail: 'not seen from here',
          knownLimit: { original: 'x', reason: 'y' },
        }),
      ],
      excluded: { 'the cut did not happen': 3 },
      notes: ['a note'],
      disturbance: 0.3,
    }),
    result('fin-idle', 'node-http', { verdict: 'fail', bars: [bar('control < 1', { verdict: 'fail' })] }),
    result('storm', 'native', { verdict: 'inconclusive', problem: 'the server did not start: <oops>' }),
    result('storm', 'node-http', { verdict: 'skipped', problem: 'it cannot' }),
  ],
  notes: ['the machine was busy'],
};

/** The same as the report of a gate. */
export const gateSample: RunReport = {
  ...sample,
  gate: {
    verdict: 'fail',
    reasons: ['cpu_us_per_request became slower', hostile],
    baseline: 'main <1a2b3c4d5>',
    candidate: '.',
    sessions: [
      {
        ...{ seed: 7, pairs: 32, cap: 64, seconds: 200, controlSpread: null },
        figures: [
          {
            ...{ name: 'cpu_us_per_request', title: 'server CPU per request', verdict: 'fail', pairs: 32 },
            ...{ slowdown: 0.071, low: 0.05, high: 0.09, noise: 0.02, margin: 0.05, detectable: 0.03 },
          },
          {
            ...{ name: 'notice_p50_us', title: 'notice at the application, p50', verdict: 'more', pairs: 8 },
            ...{ slowdown: null, low: null, high: null, noise: null, margin: 0.1, detectable: null },
          },
        ],
      },
    ],
  },
};

/** As a reader gets it: through JSON, and changed. */
export function changed(path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(sample));
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  if (value === undefined) delete at[path.at(-1)!];
  else at[path.at(-1)!] = value;
  return copy;
}
