/** A server that tells nothing: how long does it keep clients that have left, and what does it do and hold for them? */
import {
  afterBody,
  bytesPerReader,
  closeWaitMs,
  closeWaits,
  count,
  cpuAfterCutPercent,
  defineScenario,
  descriptorsLeft,
  fin,
  kernelMemoryKib,
  memoryPerReaderKib,
  type ScenarioContext,
  Skipped,
  SocketWatch,
  sendQueueKib,
  serverSockets,
  stall,
  stillWaiting,
  values,
} from 'halfopen/testbed';

const letGoWithinMs = 2000;

export default defineScenario({
  name: 'from-outside',
  group: 'dropped-client',
  onDemand: true,
  question:
    'A server that tells nothing: how long does it keep clients that have left, and what does it do and hold for them?',
  needs: ['process'],
  measures: [
    closeWaitMs,
    stillWaiting,
    descriptorsLeft,
    cpuAfterCutPercent,
    sendQueueKib,
    kernelMemoryKib,
    memoryPerReaderKib,
  ],
  bars: ['still_waiting count == 0', 'descriptors_left max <= 2', 'cpu_after_cut_percent max <= 5'],
  together: 8,
  seconds: { quick: 5, default: 6.5, full: 12 },
  run: async (context) => {
    if (serverSockets(context.address.port) === null)
      throw new Skipped('the kernel does not tell of other processes’ sockets (sock_diag)');
    await leave(context);
    await stop(context);
  },
});

/** Clients come, read something, and leave by a FIN. */
async function leave(context: ScenarioContext): Promise<void> {
  const before = context.process.openDescriptors();
  const watch = new SocketWatch(context.address.port);
  const { cohorts } = await context.run([
    {
      id: 'leaving',
      ...context.address,
      request: context.get('/paced'),
      connections: 16,
      pacing: { mode: 'closed', thinkMs: 0 },
      fault: fin(afterBody(1, { delayMs: 20, delaySpreadMs: 60 })),
      rounds: context.sized({ quick: 200, default: 400, full: 2000 }),
    },
  ]);
  const { receipts } = cohorts[0]!;
  for (const [reason, times] of Object.entries(receipts.failed)) context.exclude({ [reason]: times });
  const [cpu, time] = [context.process.cpuNs(), process.hrtime.bigint()];
  await context.sleep(1000);
  const share = (context.process.cpuNs() - cpu) / Number(process.hrtime.bigint() - time);
  await context.sleep(letGoWithinMs - 1000);
  const found = closeWaits(watch.stop(), receipts.ok);
  context.measure(closeWaitMs, values(found.ms));
  context.measure(stillWaiting, count(found.kept, receipts.ok));
  context.measure(cpuAfterCutPercent, values([100 * share]));
  context.measure(descriptorsLeft, values([Math.max(0, context.process.openDescriptors() - before)]));
  if (found.unseen > 0) context.note(`${found.unseen} of ${receipts.ok} were let go of between two looks`);
}

/** Clients stop reading: what waits for them in the kernel, and what each costs the process. */
async function stop(context: ScenarioContext): Promise<void> {
  const points = [];
  const crowds: ReturnType<ScenarioContext['begin']>[] = [];
  let readers = 0;
  for (const more of context.sized({ quick: [20, 40], default: [50, 50, 100], full: [100, 200, 200] })) {
    crowds.push(
      context.begin([
        {
          id: `stalled-${readers + more}`,
          ...context.address,
          request: context.get('/endless'),
          connections: more,
          pacing: { mode: 'closed', thinkMs: 0 },
          fault: stall({ receiveBuffer: 4096 }),
          timeoutMs: 30_000,
        },
      ]),
    );
    readers += more;
    await context.sleep(700);
    points.push({ readers, bytes: context.process.privateDirtyBytes() });
  }
  const sockets = (serverSockets(context.address.port) ?? []).filter(({ state }) => state === 'established');
  await Promise.all(crowds.map((crowd) => crowd.stop()));
  const waiting = sockets.filter(({ sendQueue }) => sendQueue > 0);
  context.measure(sendQueueKib, values(waiting.map(({ sendQueue }) => sendQueue / 1024)));
  context.measure(kernelMemoryKib, values(waiting.map(({ memory }) => memory / 1024)));
  context.measure(memoryPerReaderKib, values([bytesPerReader(points) / 1024]));
}
