import type { Measure } from './measure.js';

export const requestsPerSecond: Measure = {
  name: 'requests_per_second',
  title: 'requests',
  unit: '/s',
  better: 'higher',
  what: 'complete, correct answers a second; one figure a round',
};

export const cpuUsPerRequest: Measure = {
  name: 'cpu_us_per_request',
  title: 'server CPU per request',
  unit: 'µs',
  better: 'lower',
  what: 'CPU time of the server’s processes per answer, by the scheduler’s accounts; one figure a round',
};

export const clientBusy: Measure = {
  name: 'client_busy',
  title: 'load generator busy',
  detail: true,
  unit: 'of a core',
  better: 'lower',
  what: 'how busy the load generator was: near 1 the throughput may be its limit, not the server’s',
};

export const serverBusy: Measure = {
  name: 'server_busy',
  title: 'server busy',
  detail: true,
  unit: 'of a core',
  better: 'lower',
  what: 'how busy the server was: well below 1 it was not what limited the throughput',
};

export const wrongAnswers: Measure = {
  name: 'wrong_answers',
  title: 'wrong answers',
  unit: 'requests',
  better: 'lower',
  what: 'answers that were wrong, cut off, late or missing',
};

export const autocannonPerSecond: Measure = {
  name: 'autocannon_per_second',
  title: 'requests, by autocannon',
  unit: '/s',
  better: 'higher',
  what: 'the same load as autocannon sees it; it is itself the limit at high rates (one core of JavaScript)',
};

export const stormCpuPercent: Measure = {
  name: 'storm_cpu_percent',
  title: 'server CPU for the silent apps',
  unit: '% of a core',
  better: 'lower',
  what: 'CPU of the server while nothing but silent applications keeps it busy',
};

/** Server CPU per answer. NaN when nothing was answered or the kernel does not say. */
export function microsecondsPerRequest(cpuNs: number, requests: number): number {
  return requests > 0 ? cpuNs / 1000 / requests : Number.NaN;
}
