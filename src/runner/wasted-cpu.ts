import { values } from '../measures/measure.js';
import { wastedCpuMs, wastedMsPerS } from '../measures/waste.js';
import type { ScenarioContext } from './context.js';

const startedMs = { quick: 100, default: 200, full: 200 };
const beforeMs = { quick: 200, default: 300, full: 300 };
/** What noticing costs belongs to the clients; what is spent later is spent for nobody. */
const noticedMs = { quick: 200, default: 300, full: 300 };
const afterMs = { quick: 300, default: 600, full: 600 };

/**
 * What the server goes on spending when all its clients have left. To be called before the first of them comes.
 *
 * @returns to be called when the last one has left: records `wasted_cpu_ms`
 */
export async function watchWastedCpu(context: ScenarioContext): Promise<() => Promise<void>> {
  if (context.server.pid === null) {
    const why = 'the server’s process is not known: its CPU cannot be seen';
    return async () => context.absent(wastedCpuMs, why);
  }
  await context.sleep(context.sized(startedMs));
  const atRest = await cpuOver(context, context.sized(beforeMs));
  return async () => {
    await context.sleep(context.sized(noticedMs));
    context.measure(wastedCpuMs, values([wastedMsPerS(atRest, await cpuOver(context, context.sized(afterMs)))]));
  };
}

async function cpuOver(context: ScenarioContext, ms: number): Promise<{ cpuNs: number; ns: number }> {
  const [cpu, from] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(ms);
  return { cpuNs: context.process.cpuNs() - cpu, ns: Number(process.hrtime.bigint() - from) };
}
