import type { Measure } from './measure.js';

/** What a silent stream costs, by the style in which its application is written: labels `{style: channel | pause | iterator}`. */

export const wakeMs: Measure = {
  name: 'wake_ms',
  title: 'from the wake-up to its first chunk',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'from asking that silent streams say something to the client’s receiving it',
};

export const idleCpuUs: Measure = {
  name: 'idle_cpu_us',
  title: 'server CPU per silent stream and second',
  unit: 'µs',
  better: 'lower',
  timed: true,
  what: 'what a stream costs that has nothing to say, beyond what the server uses anyway',
};

export const streamMemoryKib: Measure = {
  name: 'stream_memory_kib',
  title: 'memory per silent stream',
  unit: 'KiB',
  better: 'lower',
  what: 'user memory of the server that one more silent stream costs (slope of private dirty pages)',
};

export const silentPulls: Measure = {
  name: 'silent_pulls',
  title: 'pulls per silent stream and second',
  unit: '/s',
  better: 'lower',
  what: 'how often a stream is asked while it has nothing to say',
};

export const pullsAfterCut: Measure = {
  name: 'pulls_after_cut',
  title: 'pulls after the clients had gone',
  unit: 'chunks',
  better: 'lower',
  what: 'how often streams were asked whose applications had been told that the client left',
};
