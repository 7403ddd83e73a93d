import { loadAddon } from '../addon.js';
import { exitCodes } from '../gates/verdict.js';
import type { RunReport, Shard, Size } from '../reports/model.js';
import { renderTerminal } from '../reports/terminal.js';
import { environment, stayOffServerCore, toolVersion } from '../runner/environment.js';
import type { Scenario } from '../runner/scenario.js';
import { ResultStore } from '../runner/store.js';
import { runSuite } from '../runner/suite.js';
import type { Target } from '../targets/target.js';
import { UsageError } from './command.js';
import { progress, takesColour } from './progress.js';

export interface SessionOptions {
  readonly scenarios: readonly Scenario[];
  readonly targets: readonly Target[];
  readonly size: Size;
  readonly seed: number;
  readonly out: string;
  readonly shard?: Shard;
  /** Goes on with this run, in its directory. */
  readonly before?: RunReport | null;
}

/** Runs a suite for someone at a terminal: progress, report, results on disk, Ctrl-C. @returns the exit code */
export async function runSession(options: SessionOptions): Promise<number> {
  const { scenarios, targets, size, seed, out, shard, before } = options;
  if (!canMeasure()) return exitCodes.environment;
  const place = environment();
  stayOffServerCore(place);
  const store = openStore(out, before?.id ?? newId());
  const interruption = onInterrupt();
  const listener = progress();
  try {
    const { id } = store;
    const { signal } = interruption;
    const part = { ...(shard ? { shard } : {}), ...(before ? { before } : {}) };
    const what = { id, version: toolVersion(), scenarios, targets, size, seed, environment: place, ...part };
    const report = await runSuite({ ...what, store, signal, listener });
    listener.clear();
    const width = Math.max(60, Math.min(process.stdout.columns ?? 120, 140));
    console.log(renderTerminal(report, { coloured: takesColour(process.stdout), width }));
    console.log(`\nresults: ${store.directory}`);
    return report.exitCode;
  } finally {
    listener.clear();
    interruption.done();
    store.close();
  }
}

/** Whether the fault client is there; if not, says so and what to do. */
export function canMeasure(): boolean {
  const { addon, reason } = loadAddon();
  if (addon !== null) return true;
  console.error(
    `halfopen: the fault client is not built, so nothing can be measured: ${reason}\n` +
      'Build it with `npm run build:native` (needs Linux, Python 3, make and a C++20 compiler).',
  );
  return false;
}

/** Of a run: when it began, as the name of a directory. */
export const newId = (): string => new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23);

/** @throws UsageError when nothing can be written there */
export function openStore(out: string, id: string): ResultStore {
  try {
    return new ResultStore(out, id);
  } catch (error) {
    throw new UsageError(`results cannot be written to ${out}: ${(error as Error).message}`);
  }
}

/** The first Ctrl-C ends the run and saves it; the second one ends the process at once. */
export function onInterrupt(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    console.error('\nstopping; what was measured is saved (Ctrl-C again: at once)');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    done: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** @throws UsageError */
export function readSeed(text: string | undefined): number {
  if (text === undefined) return Math.floor(Math.random() * 1e6);
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed takes a whole number from 0 up, got ${text}`);
  return seed;
}

/** @throws UsageError */
export function readSize({ quick, full }: { quick?: boolean | undefined; full?: boolean | undefined }): Size {
  if (quick && full) throw new UsageError('--quick and --full exclude each other');
  if (quick) return 'quick';
  return full ? 'full' : 'default';
}

/** The words of a comma-separated option, possibly given several times. Absent: null. */
export function readList(values: readonly string[] | undefined): string[] | null {
  const words = values?.flatMap((value) => value.split(',')).map((word) => word.trim());
  return words ? [...new Set(words.filter((word) => word !== ''))] : null;
}
