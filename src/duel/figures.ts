import type { Measure } from '../measures/measure.js';
import { memoryPerReaderKib } from '../measures/memory.js';
import { cpuUsPerRequest, requestsPerSecond } from '../measures/throughput.js';

export const cpuUsPerChunk: Measure = {
  name: 'cpu_us_per_chunk',
  title: 'server CPU per chunk',
  unit: 'µs',
  better: 'lower',
  timed: true,
  what: 'CPU time of the server’s processes per chunk of a streamed response; one figure a slot',
};

export const ttfbP50Us: Measure = {
  name: 'ttfb_p50_us',
  title: 'time to the first byte, p50',
  unit: 'µs',
  better: 'lower',
  timed: true,
  what: 'from a request of a lone client to the first byte of its answer, the median of a slot',
};

export const noticeP50Us: Measure = {
  name: 'notice_p50_us',
  title: 'notice at the application, p50',
  unit: 'µs',
  better: 'lower',
  timed: true,
  what: 'from a client’s FIN to the moment the application learns of it, the median of a slot',
};

/** What a slot costs, in the order in which it is shown. Every one is above zero, or absent. */
export const gatedFigures: readonly Measure[] = [
  cpuUsPerRequest,
  cpuUsPerChunk,
  requestsPerSecond,
  ttfbP50Us,
  noticeP50Us,
  memoryPerReaderKib,
];

/** What one slot of a build brought, by the names of the figures. */
export type Costs = Readonly<Record<string, number>>;
