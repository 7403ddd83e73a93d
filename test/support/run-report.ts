import type { BarResult, Environment, MeasureResult, Result, RunReport } from '../../src/reports/model.js';

export const place: Environment = {
  kernel: 'Linux 6.1',
  arch: 'x64',
  cpuModel: 'Some CPU',
  cores: 2,
  memoryBytes: 8e9,
  node: 'v20.20.2',
  revision: '0123456789abcdef',
  dirty: true,
  congestionControl: 'cubic',
  tcpRmem: '4096 131072 6291456',
  tcpWmem: '4096 16384 4194304',
  loadAverage: 0.1,
  serverCpu: 0,
  clientCpu: 1,
};

export function bar(given: Partial<BarResult> = {}): BarResult {
  return { text: 'm max < 5', verdict: 'pass', actual: 1, limit: 5, unit: 'ms', samples: 3, detail: '', ...given };
}

export function measure(given: Partial<MeasureResult> = {}): MeasureResult {
  return {
    name: 'm',
    title: 'the figure',
    unit: 'ms',
    better: 'lower',
    what: 'what it says',
    labels: {},
    series: { kind: 'values', values: [1, 2, 3] },
    ...given,
  };
}

export function result(given: Partial<Result> = {}): Result {
  return {
    scenario: 'one',
    target: 'native',
    verdict: 'pass',
    measures: [],
    bars: [],
    excluded: {},
    notes: [],
    disturbance: 0,
    seconds: 1,
    ...given,
  };
}

/** A run of the scenarios and targets that occur in the results. */
export function runReport(results: readonly Result[], given: Partial<RunReport> = {}): RunReport {
  const names = [...new Set(results.map(({ scenario }) => scenario))];
  const targets = [...new Set(results.map(({ target }) => target))];
  return {
    schema: 1,
    tool: { name: 'halfopen', version: '0.1.0' },
    id: 'r',
    startedAt: '2026-01-01T00:00:00.000Z',
    seconds: 12,
    seed: 7,
    size: 'default',
    interrupted: false,
    verdict: 'pass',
    exitCode: 0,
    environment: place,
    targets: targets.map((name) => ({ name, role: name === 'node-http' ? 'control' : 'own', summary: name })),
    scenarios: names.map((name) => ({ name, group: name.startsWith('load') ? 'throughput' : 'other', question: '?' })),
    results,
    notes: [],
    ...given,
  };
}
