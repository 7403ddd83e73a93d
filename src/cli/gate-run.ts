import { existsSync } from 'node:fs';
import { type Build, NoBuild, obtainBuild } from '../duel/build.js';
import { type ExecService, gatewayOf, serviceOf } from '../duel/contestant.js';
import { type Counts, countBuild } from '../duel/counters.js';
import { runGate } from '../duel/gate.js';
import { replayGate } from '../duel/replay.js';
import { workFor } from '../duel/work.js';
import type { InconclusivePolicy } from '../gates/outcome.js';
import { exitCodes } from '../gates/verdict.js';
import type { RunReport } from '../reports/model.js';
import { renderTerminal } from '../reports/terminal.js';
import { environment, stayOffServerCore, toolVersion } from '../runner/environment.js';
import { ownScenarios } from '../runner/load.js';
import { lacking, type Scenario } from '../runner/scenario.js';
import type { Target } from '../targets/target.js';
import { withBars } from './bars.js';
import { defaultCalibration, readCalibration } from './calibration.js';
import { UsageError } from './command.js';
import { gateProgress } from './gate-progress.js';
import { choose } from './nearest.js';
import { takesColour } from './progress.js';
import { canMeasure, newId, onInterrupt, openStore, readList } from './session.js';

export interface GateFlags {
  readonly base: string;
  readonly cand: string;
  readonly build: string;
  readonly exec?: string | undefined;
  readonly url?: string | undefined;
  readonly budgetMs: number;
  readonly inconclusive: string;
  readonly fault?: readonly string[] | undefined;
  readonly bar?: readonly string[] | undefined;
  readonly bars?: string | undefined;
  readonly calibration?: string | undefined;
  readonly counters?: boolean | undefined;
  readonly seed: number;
  readonly out: string;
}

/** `halfopen gate --base … --cand …`. @returns the exit code */
export async function gateBuilds(flags: GateFlags): Promise<number> {
  const policy = readPolicy(flags.inconclusive);
  const service = readService(flags);
  if (flags.counters && service !== null)
    throw new UsageError('--counters is for builds of this gateway, not with --exec');
  const faults = await readFaults(flags);
  if (!canMeasure()) return exitCodes.environment;
  const place = environment();
  const { noise, notes } = readCalibration(flags.calibration ?? defaultCalibration(), place);
  if (flags.calibration !== undefined && !existsSync(flags.calibration))
    throw new UsageError(`--calibration: no such file: ${flags.calibration}`);
  const interruption = onInterrupt();
  const builds: Build[] = [];
  try {
    const base = await contestant(flags, 'base', builds, service, interruption.signal);
    if (typeof base === 'number') return base;
    const cand = await contestant(flags, 'cand', builds, service, interruption.signal);
    if (typeof cand === 'number') return cand;
    stayOffServerCore(place);
    const fitting = faults.filter((scenario) => flags.fault !== undefined || lacking(scenario, cand) === null);
    const listener = gateProgress();
    const id = newId();
    const store = openStore(flags.out, id);
    try {
      const report = await runGate({
        ...{ id, version: toolVersion(), base, cand, faults: fitting, notes, noise, policy, store, listener },
        ...{ seed: flags.seed, budgetMs: flags.budgetMs, environment: place, signal: interruption.signal },
        work: workFor(cand.application, flags.budgetMs),
        ...(flags.counters ? { count: counting(builds, interruption.signal) } : {}),
      });
      listener.clear();
      show(report);
      console.log(`\nresults: ${store.directory}; the same order again: --seed ${flags.seed}`);
      return report.exitCode;
    } finally {
      listener.clear();
      store.close();
    }
  } finally {
    for (const build of builds) build.discard();
    interruption.done();
  }
}

/** `halfopen gate --replay DIR`. @returns the exit code */
export function judgeAgain(directory: string, inconclusive: string): number {
  const policy = readPolicy(inconclusive);
  let report: RunReport;
  try {
    report = replayGate(directory, policy);
  } catch (error) {
    throw new UsageError(`${directory} holds no gate: ${(error as Error).message}`);
  }
  show(report);
  return report.exitCode;
}

function show(report: RunReport): void {
  const width = Math.max(60, Math.min(process.stdout.columns ?? 120, 140));
  console.log(renderTerminal(report, { coloured: takesColour(process.stdout), width }));
}

/** Counts for a target, by the build that it is made of. */
function counting(builds: readonly Build[], signal: AbortSignal): (target: Target) => Promise<Counts> {
  return (target) => {
    const build = builds.find(({ label }) => label === target.summary);
    console.error(`${target.name}: counting what fixed work needs (half a minute)`);
    return countBuild(target, build!.directory, signal);
  };
}

/** The target of one side, or the exit code when it is not to be had. */
async function contestant(
  { base, cand, build: command }: GateFlags,
  side: 'base' | 'cand',
  builds: Build[],
  service: ExecService | null,
  signal: AbortSignal,
): Promise<Target | number> {
  const name = { base: 'baseline', cand: 'candidate' }[side];
  try {
    const onStep = (text: string): void => console.error(`${name}: ${text}`);
    const build = await obtainBuild(side === 'base' ? base : cand, { command, signal, onStep });
    builds.push(build);
    return service === null ? gatewayOf(build, name) : serviceOf(build, name, service);
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    if (!(error instanceof NoBuild)) throw error;
    if (side === 'cand') throw new UsageError(`the candidate is not available: ${error.message}`);
    console.error(`halfopen: the baseline is not available: ${error.message}`);
    return exitCodes.noBaseline;
  }
}

function readPolicy(word: string): InconclusivePolicy {
  if (word === 'exit' || word === 'warn' || word === 'fail') return word;
  throw new UsageError(`--inconclusive takes exit, warn or fail, got ${word}`);
}

function readService({ exec, url }: GateFlags): ExecService | null {
  if (exec === undefined && url === undefined) return null;
  if (exec === undefined || url === undefined)
    throw new UsageError('--exec and --url go together: how does the server start, and where does it answer?');
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
    throw new UsageError(`--url must begin with http://, got ${url}`);
  return { exec, url };
}

/** @throws UsageError */
async function readFaults({ fault, bar, bars }: GateFlags): Promise<Scenario[]> {
  const all = await ownScenarios();
  const words = readList(fault);
  const none = words?.length === 1 && words[0] === 'none';
  const short = all.filter(({ group, onDemand, servers }) => group !== 'throughput' && !onDemand && !servers);
  return withBars(none ? [] : words ? choose('scenario', words, all) : short, { bar, bars });
}
