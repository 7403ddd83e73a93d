import type { Measure } from './measure.js';

export const exitOverMs: Measure = {
  name: 'exit_over_ms',
  title: 'exit after the grace was over',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'how long after the end of its grace the server exited, counted from SIGTERM',
};

export const silentTruncations: Measure = {
  name: 'silent_truncations',
  title: 'truncated answers that look whole',
  unit: 'answers',
  better: 'lower',
  what: 'answers that were cut short by the server’s end and that a client could take for whole',
};

export const restoredMs: Measure = {
  name: 'restored_ms',
  title: 'until a lost worker is replaced',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'from the death of a worker process to the moment there are as many as before',
};
