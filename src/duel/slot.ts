import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fin } from '../faults/fin.js';
import { stall } from '../faults/stall.js';
import { afterChunks, afterHead } from '../faults/trigger.js';
import { errorsOf } from '../measures/bystander.js';
import { percentile } from '../measures/histogram.js';
import { values } from '../measures/measure.js';
import { bytesPerReader, type MemoryPoint } from '../measures/memory.js';
import { notices } from '../measures/notice.js';
import { pullsWithin } from '../measures/pulls.js';
import { quantileOf } from '../measures/series.js';
import { ProcessSampler } from '../probes/proc.js';
import type { Environment } from '../reports/model.js';
import { streamChunk, streamChunks } from '../targets/apps/bodies.js';
import type { RunningTarget, Target } from '../targets/target.js';
import { type ClientReport, type Cohort, runCohorts } from '../traffic/client.js';
import type { Costs } from './figures.js';
import type { Work } from './work.js';

export interface SlotOptions {
  readonly work: Work;
  readonly seed: number;
  readonly environment: Pick<Environment, 'serverCpu' | 'clientCpu'>;
  readonly signal: AbortSignal;
}

export interface SlotResult {
  readonly costs: Costs;
  readonly wrongAnswers: number;
  readonly answers: number;
  /** Cuts with a receipt, and those of them that the application did not learn of. */
  readonly cuts: number;
  readonly unnoticed: number;
}

/** The server did not come up, or did not live through its slot. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

const withinMs = 20_000;
/** For all requests of one kind together. */
const answersWithinMs = 6000;
const noticeWithinMs = 1500;
const connections = 64;

/** Starts a server, has it do the work, and stops it. @throws ServerGone */
export async function playSlot(target: Target, options: SlotOptions): Promise<SlotResult> {
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-slot-'));
  let server: RunningTarget | null = null;
  try {
    const { environment, signal } = options;
    server = await target.start({ cpu: environment.serverCpu, directory, signal });
    const result = await new Player(target, server, options).play();
    const ended = server.ended();
    if (ended !== null) throw new ServerGone(`it ended in the middle of a slot: ${ended}`);
    return result;
  } catch (error) {
    if (server !== null && server.ended() === null) throw error;
    throw new ServerGone(server?.ended() ?? (error as Error).message);
  } finally {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

class Player {
  readonly #costs: Record<string, number> = {};
  readonly #cpuOf: ProcessSampler | null;
  #wrong = 0;
  #answers = 0;
  #cuts = 0;
  #unnoticed = 0;

  constructor(
    readonly target: Target,
    readonly server: RunningTarget,
    readonly options: SlotOptions,
  ) {
    this.#cpuOf = server.pid === null ? null : new ProcessSampler(server.pid);
  }

  async play(): Promise<SlotResult> {
    const { warmUp, requests, streams, lone, cuts, readers } = this.options.work;
    const hello = this.target.application ? { bodyBytes: 13 } : {};
    const stream = { bodyBytes: streamChunks * streamChunk.length };
    const warm = await this.#ask('warm-up', '/', warmUp, connections, hello);
    // A page that never ends has clients that leave, and nothing else to be measured.
    const ends = warm.cohorts[0]!.requests > 0;
    if (ends) await this.#load('requests', requests, hello);
    if (streams > 0) {
      await this.#ask('warm-up-streams', '/stream', Math.ceil(streams / 2), connections, stream);
      await this.#stream(streams, stream);
    }
    if (ends && lone > 0) await this.#lone(lone, hello);
    if (cuts > 0 && this.server.tells) await this.#notice(cuts);
    if (readers.length > 1) await this.#memory(readers);
    return {
      costs: Object.fromEntries(Object.entries(this.#costs).filter(([, cost]) => cost > 0)),
      ...{ wrongAnswers: this.#wrong, answers: this.#answers, cuts: this.#cuts, unnoticed: this.#unnoticed },
    };
  }

  async #load(id: string, requests: number, expect: Cohort['expect']): Promise<void> {
    const before = this.#cpuNs();
    const report = await this.#ask(id, '/', requests, connections, expect);
    const done = report.cohorts[0]!.requests;
    this.#costs.cpu_us_per_request = (this.#cpuNs() - before) / 1000 / done;
    this.#costs.requests_per_second = done / ((report.endedNs - report.startedNs) / 1e9);
  }

  async #stream(streams: number, expect: Cohort['expect']): Promise<void> {
    const before = this.#cpuNs();
    const report = await this.#ask('streams', '/stream', streams, connections, expect);
    this.#costs.cpu_us_per_chunk = (this.#cpuNs() - before) / 1000 / (report.cohorts[0]!.requests * streamChunks);
  }

  async #lone(requests: number, expect: Cohort['expect']): Promise<void> {
    const report = await this.#ask('lone', '/', requests, 1, expect);
    this.#costs.ttfb_p50_us = percentile(report.cohorts[0]!.ttfb, 50) / 1000;
  }

  async #notice(cuts: number): Promise<void> {
    const leave = { delayMs: 5, delaySpreadMs: 20 };
    const cohort: Cohort = {
      ...this.#cohort('cuts', '/idle', 16),
      fault: fin(this.target.application ? afterChunks(1, leave) : afterHead(leave)),
      rounds: cuts,
      rampMs: 20,
    };
    const [report] = (await this.#run([cohort])).cohorts;
    const found = () => notices(report!.samples, this.server.probe.events());
    await this.server.probe.until(() => found().unnoticed === 0, noticeWithinMs, this.options.signal);
    const { noticeMs, cuts: proven, unnoticed } = found();
    this.#cuts += proven;
    this.#unnoticed += unnoticed;
    this.#costs.notice_p50_us = 1000 * quantileOf(values(noticeMs), 50);
  }

  /** Each step of readers stalls, and its producers come to rest before memory is looked at. */
  async #memory(steps: readonly number[]): Promise<void> {
    const crowd: Promise<ClientReport>[] = [];
    const enough = new AbortController();
    const points: MemoryPoint[] = [];
    let readers = 0;
    for (const more of steps) {
      const cohort: Cohort = {
        ...this.#cohort(`stalled-${readers}`, '/endless', more),
        fault: stall({ receiveBuffer: 4096 }),
        rampMs: 50,
        timeoutMs: withinMs,
      };
      const run = this.#run([cohort], enough.signal);
      run.catch(() => {}); // whoever awaits it below gets the error
      crowd.push(run);
      readers += more;
      await this.#rest();
      points.push({ readers, bytes: this.#cpuOf?.privateDirtyBytes() ?? Number.NaN });
    }
    enough.abort();
    const reports = await Promise.all(crowd);
    const stalled = reports.reduce((sum, { cohorts }) => sum + cohorts[0]!.receipts.ok, 0);
    if (stalled === readers) this.#costs.memory_per_reader_kib = bytesPerReader(points) / 1024;
  }

  /** Until nothing was asked of the producers for a while; totals are told every 100 ms. */
  async #rest(): Promise<void> {
    const { signal } = this.options;
    const end = performance.now() + 3000;
    await sleep(250);
    for (let rest = 0; rest < 250 && performance.now() < end && !signal.aborted; rest += 125) {
      const from = Number(process.hrtime.bigint());
      await sleep(125);
      if (pullsWithin(this.server.probe.events(), from, Number(process.hrtime.bigint())) !== 0) rest = -125;
    }
  }

  async #ask(
    id: string,
    path: string,
    rounds: number,
    clients: number,
    expect: Cohort['expect'],
  ): Promise<ClientReport> {
    const report = await this.#run([
      { ...this.#cohort(id, path, clients), rounds, expect: { status: 200, ...expect }, durationMs: answersWithinMs },
    ]);
    const { requests } = report.cohorts[0]!;
    const wrong = errorsOf(report.cohorts[0]!);
    this.#wrong += wrong;
    this.#answers += requests + wrong;
    return report;
  }

  #cohort(id: string, path: string, clients: number): Cohort {
    const { host, port } = this.server;
    const asked = this.target.application ? path : this.server.path;
    const request = `GET ${asked} HTTP/1.1\r\nhost: ${host}:${port}\r\nx-halfopen-tag: {tag}\r\n\r\n`;
    return { id, host, port, request, connections: clients, pacing: { mode: 'closed', thinkMs: 0 } };
  }

  #run(cohorts: readonly Cohort[], also?: AbortSignal): Promise<ClientReport> {
    const { seed, signal, environment } = this.options;
    const cpu = environment.clientCpu === null ? {} : { cpu: environment.clientCpu };
    return runCohorts(cohorts, {
      ...{ seed, deadlineMs: withinMs, ...cpu },
      signal: also ? AbortSignal.any([signal, also]) : signal,
    });
  }

  #cpuNs(): number {
    return this.#cpuOf?.cpuNs() ?? Number.NaN;
  }
}
