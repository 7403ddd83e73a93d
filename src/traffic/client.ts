import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { loadAddon } from '../addon.js';
import type { Cohort } from './cohort.js';
import { decodeReport } from './decode.js';
import { planCohort } from './plan.js';
import type { ClientReport } from './report.js';

export type { Cohort } from './cohort.js';
export type { ClientReport, CohortReport, CutSample, Receipt } from './report.js';

/** Totals so far, over all cohorts. */
export interface Progress {
  readonly elapsedMs: number;
  /** Complete, correct answers. */
  readonly requests: number;
  readonly errors: number;
  readonly bytes: number;
  readonly openConnections: number;
  /** Steps of faults that were carried out. */
  readonly cuts: number;
}

export interface RunOptions {
  /** Core for the client's thread. Absent: wherever the scheduler likes. */
  readonly cpu?: number;
  /** Its thread goes before other runs on its core: what it measures is not what they do. For few, light cohorts. */
  readonly prompt?: boolean;
  /**
   * Cores of which a thread of the client's watches whether they stood still. What is late for that alone then counts neither for a
   * phase's latency nor for the client's lateness. For few, light cohorts; takes CAP_SYS_NICE, and nothing is watched without it.
   */
  readonly watched?: readonly number[];
  /** A network namespace of the client's own (`network.ts`): its file. Needs CAP_SYS_ADMIN. */
  readonly network?: string;
  /** Every random decision comes from it. An integer in [0, 2^53). */
  readonly seed: number;
  /** The run ends then at the latest, with what it has. Milliseconds. */
  readonly deadlineMs: number;
  /** Ends the run early; the promise still resolves, with what was measured. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** How often `onProgress` is called. Default 250. */
  readonly progressMs?: number;
}

/** How many runs this thread has begun: a server that sees several with one seed still gets different tags. */
let runs = 0;

/**
 * Runs cohorts side by side on one thread of their own, with one clock, until each has done its rounds or its time
 * is over.
 *
 * @throws TypeError on a plan that cannot be run; Error when the addon is not built
 */
export async function runCohorts(cohorts: readonly Cohort[], options: RunOptions): Promise<ClientReport> {
  const { addon, reason } = loadAddon();
  if (addon === null) throw new Error(`the fault client needs the addon (npm run build:native): ${reason}`);
  const { seed, cpu, signal, onProgress } = options;
  const plan = {
    seed,
    run: runs++,
    cpu: cpu ?? -1,
    prompt: options.prompt ?? false,
    watched: options.watched ?? [],
    network: options.network ?? '',
    deadlineNs: Math.round(options.deadlineMs * 1e6),
    cohorts: await Promise.all(cohorts.map(async (cohort) => planCohort(cohort, await addressOf(cohort.host)))),
  };
  return new Promise((resolve, reject) => {
    const run = new addon.FaultClient(plan, (native) => {
      clearInterval(ticker);
      signal?.removeEventListener('abort', stop);
      if (native === null) reject(new Error('no memory for the report'));
      else resolve(decodeReport(native, cohorts, seed, cpu ?? null));
    });
    const stop = () => run.stop();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const ticker =
      onProgress === undefined
        ? undefined
        : setInterval(() => onProgress(decodeProgress(run.progress())), options.progressMs ?? 250);
  });
}

/** 64-bit FNV-1a, 16 hexadecimal digits: what `Expectation.bodyHash` compares with. */
export function bodyHash(body: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of body) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host)).address : host;
}

function decodeProgress(counters: Float64Array): Progress {
  const [elapsedNs = 0, requests = 0, errors = 0, bytes = 0, openConnections = 0, cuts = 0] = counters;
  return { elapsedMs: elapsedNs / 1e6, requests, errors, bytes, openConnections, cuts };
}
