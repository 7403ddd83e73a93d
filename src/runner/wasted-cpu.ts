import { values } from '../measures/measure.js';
import { wastedCpuMs, wastedMsPerS } from '../measures/waste.js';
import type { ScenarioContext } from './context.js';

const startedMs = 200;
const beforeMs = 300;
/** What noticing costs belongs to the clients; what is spent later is spent for nobody. */
const noticedMs = 300;
const afterMs = 600;

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
  await context.sleep(startedMs);
  const atRest = await cpuOver(context, beforeMs);
  return async () => {
    await context.sleep(noticedMs);
    context.measure(wastedCpuMs, values([wastedMsPerS(atRest, await cpuOver(context, afterMs))]));
  };
}

async function cpuOver(context: ScenarioContext, ms: number): Promise<{ cpuNs: number; ns: number }> {
  const [cpu, from] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(ms);
  return { cpuNs: context.process.cpuNs() - cpu, ns: Number(process.hrtime.bigint() - from) };
}
