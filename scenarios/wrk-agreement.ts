/** As a plain load generator, does the client measure what wrk measures, and for no more CPU? */
import {
  agreement,
  closedLoop,
  cpuBesideWrk,
  defineScenario,
  type Load,
  latencyOffPercent,
  nodeHttp,
  quantileOf,
  type ScenarioContext,
  Skipped,
  throughputOffPercent,
  values,
} from 'halfopen/testbed';

const connections = 64;
const seconds = 2;

export default defineScenario({
  name: 'wrk-agreement',
  group: 'self-check',
  onDemand: true,
  question: 'As a plain load generator, does the client measure what wrk measures, and for no more CPU?',
  // A server that either can keep busy: where the generator is the limit, throughput is a figure of the generator.
  servers: [nodeHttp],
  needs: ['application'],
  measures: [cpuBesideWrk, throughputOffPercent, latencyOffPercent],
  bars: ['cpu_beside_wrk max <= 1.1', 'throughput_off_percent max <= 5', 'latency_off_percent max <= 5'],
  seconds: { quick: 10, default: 22, full: 46 },
  run: async (context) => {
    await ours(context); // code that has not run yet is slow
    const pairs: [Load, Load][] = [];
    for (let i = 0; i < context.sized({ quick: 2, default: 5, full: 11 }) && !context.signal.aborted; i++) {
      if (i % 2 === 0) pairs.push([await ours(context), await theirs(context)]);
      else {
        const wrk = await theirs(context);
        pairs.push([await ours(context), wrk]);
      }
    }
    const { cpu, throughputOff, latencyOff } = agreement(pairs);
    context.measure(cpuBesideWrk, values([cpu]));
    context.measure(throughputOffPercent, values([throughputOff]));
    context.measure(latencyOffPercent, values([latencyOff]));
  },
});

async function ours(context: ScenarioContext): Promise<Load> {
  const { host, port } = context.address;
  const load = closedLoop({
    id: 'load',
    host,
    port,
    request: `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`, // as wrk sends it
    connections,
    durationMs: seconds * 1000,
    expect: { status: 200, bodyBytes: 13 },
  });
  const { cohorts, client, startedNs, endedNs } = await context.run([load]);
  const { requests, latency } = cohorts[0]!;
  return {
    requestsPerSecond: requests / ((endedNs - startedNs) / 1e9),
    latencyMs: quantileOf({ kind: 'histogram', histogram: latency, scale: 1e-6 }, 50),
    cpuNsPerRequest: client.cpuNs / requests,
  };
}

async function theirs(context: ScenarioContext): Promise<Load> {
  const figures = await context.wrk('/', connections, seconds);
  if (!figures) throw new Skipped('wrk is not installed, or could not ask: install it to compare');
  const { requestsPerSecond, latencyMs, cpuNs, requests } = figures;
  return { requestsPerSecond, latencyMs, cpuNsPerRequest: cpuNs / requests };
}
