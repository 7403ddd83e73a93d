import type { Measure } from './measure.js';

export const memoryPerReaderKib: Measure = {
  name: 'memory_per_reader_kib',
  title: 'memory per stalled reader',
  unit: 'KiB',
  better: 'lower',
  what: 'user memory of the server that one more stalled reader costs (slope of private dirty pages)',
};

export const heapPerReaderKib: Measure = {
  name: 'heap_per_reader_kib',
  title: 'JavaScript heap per stalled reader',
  unit: 'KiB',
  better: 'lower',
  what: 'JavaScript heap and its buffers that one more stalled reader costs, after a collection',
};

export interface MemoryPoint {
  readonly readers: number;
  readonly bytes: number;
}

/**
 * Least-squares slope of memory over readers: a fixed cost of the server does not count.
 *
 * @returns bytes per reader; NaN with fewer than two different reader counts, or where memory is unknown
 */
export function bytesPerReader(points: readonly MemoryPoint[]): number {
  const known = points.filter((point) => Number.isFinite(point.bytes));
  if (known.length < points.length || known.length < 2) return Number.NaN;
  const meanX = known.reduce((sum, { readers }) => sum + readers, 0) / known.length;
  const meanY = known.reduce((sum, { bytes }) => sum + bytes, 0) / known.length;
  let [over, under] = [0, 0];
  for (const { readers, bytes } of known) {
    over += (readers - meanX) * (bytes - meanY);
    under += (readers - meanX) ** 2;
  }
  return under === 0 ? Number.NaN : over / under;
}
