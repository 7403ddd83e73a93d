/** What a scenario is written with: `import { defineScenario, … } from 'halfopen/testbed'`. */
export * from './faults/index.js';
export { delayAfter } from './gateway/backoff.js';
export * from './measures/agreement.js';
export * from './measures/backoff.js';
export * from './measures/bystander.js';
export * from './measures/calibration.js';
export * from './measures/chain.js';
export * from './measures/false-aborts.js';
export * from './measures/growth.js';
export * from './measures/headroom.js';
export * from './measures/kills.js';
export * from './measures/measure.js';
export * from './measures/memory.js';
export * from './measures/notice.js';
export * from './measures/outside.js';
export * from './measures/probe-rules.js';
export * from './measures/pulls.js';
export * from './measures/releases.js';
export { quantileOf } from './measures/series.js';
export * from './measures/shutdown.js';
export * from './measures/standstill.js';
export * from './measures/styles.js';
export * from './measures/throughput.js';
export * from './measures/uploads.js';
export * from './measures/wait-timeline.js';
export * from './measures/waste.js';
export { type Asked, checkProbe, probeRules, type RuleOutcome } from './probes/check.js';
export type { ProbeEvent } from './probes/event.js';
export { SocketWatch, serverSockets } from './probes/sock-diag.js';
export { lagMs, type ScenarioContext, Skipped } from './runner/context.js';
export { type CutPlan, cutClients, cutMeasures, lastSteps, type Twin } from './runner/cuts.js';
export { recordFalseAborts } from './runner/false-aborts.js';
export { collectGarbage } from './runner/garbage.js';
export { besideNeighbours, neighbourMeasures, type Stretches, warmUpNeighbours } from './runner/neighbours.js';
export {
  type BySize,
  defineScenario,
  type Need,
  onceInGrid,
  type Rounds,
  type Scenario,
  shortRounds,
} from './runner/scenario.js';
export { type KnownFlaw, selfCheck } from './runner/self-check.js';
export { type ThroughputPlan, throughputMeasures, throughputScenario } from './runner/throughput.js';
export { watchWastedCpu } from './runner/wasted-cpu.js';
export { nodeHttp } from './targets/node-http.js';
export { ownNative } from './targets/own-native.js';
export { bystanders } from './traffic/bystanders.js';
export { churn } from './traffic/churn.js';
export type { ClientReport, Cohort, CohortReport, CutSample } from './traffic/client.js';
export { closedLoop } from './traffic/closed-loop.js';
export { ClientNetwork } from './traffic/network.js';
export { openLoop } from './traffic/open-loop.js';
export { headBytes } from './traffic/plan.js';
export { type RampOptions, ramp } from './traffic/ramp.js';
