import { expect, it } from 'vitest';
import { readWrk } from '../../src/traffic/wrk.js';

const printed = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.10ms    1.86ms  41.71ms   96.37%
    Req/Sec    74.62k     9.53k   89.71k    80.00%
  Latency Distribution
     50%  731.00us
     75%    1.02ms
     90%    1.80ms
     99%    8.36ms
  148593 requests in 2.00s, 20.55MB read
Requests/sec:  74201.13
Transfer/sec:     10.26MB
0m0.000000s 0m0.010000s
0m0.610000s 1m1.220000s
`;

it('reads what wrk prints, and the CPU time of the shell’s children', () => {
  const { cpuNs, ...rest } = readWrk(printed)!;
  expect(rest).toEqual({ requestsPerSecond: 74201.13, requests: 148593, latencyMs: 0.731 });
  expect(cpuNs).toBeCloseTo(61.83e9, 0);
});

it.each([
  ['errors', printed.replace('Requests/sec', '  Socket errors: connect 0, read 3, write 0, timeout 0\nRequests/sec')],
  ['answers of another status', printed.replace('Requests/sec', '  Non-2xx or 3xx responses: 5\nRequests/sec')],
  ['another program', 'Requests per second: 5'],
  ['no times', printed.replace(/0m[\s\S]*$/, '')],
])('makes nothing of %s', (_, text) => {
  expect(readWrk(text)).toBeNull();
});

it('reads milliseconds and seconds', () => {
  expect(readWrk(printed.replace('731.00us', '1.50ms'))?.latencyMs).toBe(1.5);
  expect(readWrk(printed.replace('731.00us', '2.00s'))?.latencyMs).toBe(2000);
});
