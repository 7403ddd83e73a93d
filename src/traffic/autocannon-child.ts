/** A process that runs autocannon once and prints its figures as JSON: URL CONNECTIONS SECONDS. */
import { createRequire } from 'node:module';
import type { AutocannonFigures } from './autocannon.js';

/** The part of autocannon's result that is used here. */
interface AutocannonResult {
  readonly requests: { readonly total: number };
  readonly latency: { readonly p99: number };
  readonly errors: number;
  readonly non2xx: number;
  readonly duration: number;
}
type Autocannon = (options: { url: string; connections: number; duration: number }) => Promise<AutocannonResult>;

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
const [url = '', connections = '1', seconds = '1'] = process.argv.slice(2);
const result = await autocannon({ url, connections: Number(connections), duration: Number(seconds) });
const { user, system } = process.cpuUsage();
const figures: AutocannonFigures = {
  requestsPerSecond: result.requests.total / result.duration,
  latencyP99Ms: result.latency.p99,
  errors: result.errors + result.non2xx,
  cpuNs: (user + system) * 1000,
};
console.log(JSON.stringify(figures));
