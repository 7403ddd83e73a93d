/** A client vanishes from the middle of a stream: what is sent is never acknowledged. How long is it sent to? */
import {
  afterChunks,
  ClientNetwork,
  cutClients,
  cutMeasures,
  defineScenario,
  onConnected,
  type ScenarioContext,
  Skipped,
  slowRead,
  undetectedPulls,
  unplug,
  values,
  vanish,
  wasteAfterCut,
} from 'halfopen/testbed';

const userTimeoutMs = 1000;
/** The kernel looks when it retransmits; by then that is so far apart at the most. */
const retransmitMs = 800;

export default defineScenario({
  name: 'vanish-inflight',
  group: 'dropped-client',
  onDemand: true,
  question:
    'A client vanishes from the middle of a stream: what is sent is never acknowledged. How long is it sent to?',
  needs: ['probe', 'application', 'userTimeoutMs'],
  measures: [...cutMeasures, undetectedPulls],
  bars: [
    `notice_app_ms{cut:vanish} max <= ${userTimeoutMs + retransmitMs + 200}`,
    'unnoticed{cut:vanish} count == 0',
    'unnoticed count == 0',
    'reason_wrong{cut:vanish} count == 0',
    'releases_wrong{cut:vanish} count == 0',
    'false_aborts{twin:slow-reader} count == 0',
  ],
  together: 8,
  seconds: { quick: 6, default: 6, full: 8 },
  run: async (context) => {
    await context.restart({ deadlines: { userTimeoutMs } });
    const clients = context.sized({ quick: 16, default: 48, full: 300 });
    const cut = await cutClients(context, {
      path: '/paced',
      fault: vanish(afterChunks(2, { spread: 3 }), userTimeoutMs + retransmitMs + 600),
      cuts: clients,
      clients,
      reason: ['client-vanished', 'write-stalled'],
      phase: 'streaming',
      twin: {
        name: 'slow-reader',
        request: context.get('/finite'),
        fault: slowRead({ pace: { bytes: 512, everyMs: 40 }, receiveBuffer: 1 }),
        rounds: clients,
      },
    });
    if (cut.receipts.failed['not-permitted']) throw new Skipped('vanishing needs CAP_NET_ADMIN (root)');
    context.measure(undetectedPulls, values(wasteAfterCut(cut.samples, context.probe.events()).undetected));
    await pullTheCable(context);
  },
});

/** The same by a link that goes down, where a network namespace can be had. */
async function pullTheCable(context: ScenarioContext): Promise<void> {
  const network = ClientNetwork.create();
  if (typeof network === 'string') return context.note(`no cable was pulled: ${network}`);
  try {
    await context.restart({ deadlines: { userTimeoutMs }, host: network.serverAddress });
    await cutClients(context, {
      path: '/paced',
      fault: unplug(onConnected({ delayMs: 300 }), userTimeoutMs + retransmitMs + 600),
      cuts: 16,
      clients: 16,
      reason: ['client-vanished', 'write-stalled'],
      phase: 'streaming',
      network: network.file,
      twin: null,
    });
  } finally {
    network.remove();
  }
}
