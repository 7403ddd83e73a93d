import type { Measure } from './measure.js';

export const probeViolations: Measure = {
  name: 'probe_violations',
  title: 'rule of the probe broken',
  unit: 'times',
  better: 'lower',
  what: 'how often what a probe told contradicts what the clients know, by rule',
};
