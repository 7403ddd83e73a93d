import { ownTarget } from './own.js';

/** This gateway on node:http. */
export const ownNode = ownTarget('node', 'this gateway on the node engine (node:http beneath)', [
  {
    scenario: 'idle-connections',
    bar: 'idle_connection_bytes max <= 400',
    instead: 'idle_connection_bytes max <= 20000',
    reason: 'the runtime keeps objects, a parser and buffers for every connection',
  },
  {
    scenario: 'idle-10k',
    bar: 'rest_cpu_percent max <= 2',
    instead: 'rest_cpu_percent max <= 8',
    reason: 'every stream that backs off has a timer of the runtime',
  },
  {
    scenario: 'stalled-reader',
    bar: 'memory_per_reader_kib max <= 88',
    instead: 'memory_per_reader_kib max <= 108',
    reason: 'what the runtime keeps for a connection, about 12 KiB, comes on top',
  },
  {
    scenario: 'vanish-idle',
    bar: 'notice_app_ms{cut:vanish} max <= 3500',
    instead: 'notice_app_ms{cut:vanish} max <= 12000',
    reason: 'the runtime chooses how often a silent client is asked: ten times, a second apart',
  },
  {
    scenario: 'trickle-reader',
    bar: 'false_aborts{reader:slow} count == 0',
    instead: null,
    reason:
      'only bytes that the kernel took count as progress, and it takes some again when a third of its buffer is free',
  },
]);
