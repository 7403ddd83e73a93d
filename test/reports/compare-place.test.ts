import { expect, it } from 'vitest';
import { environmentDifferences } from '../../src/reports/compare.js';
import { place, runReport } from '../support/run-report.js';

const under = (sysctls?: Record<string, string>) =>
  runReport([], { environment: sysctls === undefined ? place : { ...place, sysctls } });

it('names settings of the kernel that differ, where both runs kept them', () => {
  const slow = under({ 'net.core.somaxconn': '128', 'net.ipv4.tcp_sack': '1' });
  const fast = under({ 'net.core.somaxconn': '4096', 'net.ipv4.tcp_sack': '1', 'net.ipv4.tcp_mem': '1 2 3' });
  expect(environmentDifferences(slow, fast)).toEqual(['net.core.somaxconn: 128 and 4096']);
  expect(environmentDifferences(fast, fast)).toEqual([]);
  expect(environmentDifferences(under(), fast)).toEqual([]);
});
