import type { Measure } from './measure.js';

export const clientHeadroom: Measure = {
  name: 'client_headroom',
  title: 'headroom of the load generator',
  detail: true,
  unit: 'x',
  better: 'higher',
  what: 'requests a second that the load generator gets from a server that only sends the same bytes, ÷ from this one',
};

/** With less the load generator may have been what limited the throughput. */
export const headroomNeeded = 2;

/** @returns why a throughput is no figure of the server alone, or null when the generator could have done twice as much */
export function doubtOf(headroom: number): string | null {
  if (headroom >= headroomNeeded) return null;
  const could = Number.isNaN(headroom)
    ? 'what the load generator can do with these bytes is not known'
    : `the load generator could take only ${headroom.toFixed(2)} times as much, not ${headroomNeeded} times`;
  return `${could}: the throughput is at least this`;
}
