import { readFileSync } from 'node:fs';
import { balance } from '../ledger/balance.js';
import { type ClientEntry, readRecords, serverBook } from '../ledger/books.js';
import { bystanderErrors, bystanderMs, errorsOf, latencyByPhase } from '../measures/bystander.js';
import { descriptorsLeft, memoryGrowthMib } from '../measures/growth.js';
import { count, values } from '../measures/measure.js';
import { lagMs, type ScenarioContext } from '../runner/context.js';
import { defineScenario, type Scenario } from '../runner/scenario.js';
import type { ClientReport } from '../traffic/client.js';
import { openLoop } from '../traffic/open-loop.js';
import { type BadInputCount, sendBadInput } from './bad-input.js';
import { ChunkClient } from './chunk-client.js';
import { faultCohorts, faultEntries, idleCohort } from './fault-clients.js';
import { badInputWrong, chunksPerSecond, controlUnnoticed, requestsBegun, unaccounted } from './measures.js';
import { boutMs, type Stretch, scheduleOf } from './schedule.js';
import { Streams } from './streams-process.js';
import { Watch } from './watch.js';

export interface SoakOptions {
  readonly seconds: number;
  readonly idle: number;
  readonly streams: number;
  /** Connections of each kind of fault, in every bout. */
  readonly faults: number;
  /** The server's book. */
  readonly book: string;
  /** The request that loses a chunk. */
  readonly control: string;
  readonly onFigures: (figures: Figures) => void;
}

/** What is shown while it runs. */
export interface Figures {
  readonly seconds: number;
  readonly residentMib: number;
  readonly cpuPercent: number;
  readonly descriptors: number;
  readonly chunks: number;
  readonly requests: number;
  readonly wrong: number;
  readonly faults: number;
}

/** Chunks of a response: ten seconds of it. */
const chunks = 100;
const everyMs = 100;
const leaveMs = 20_000;
const settleSeconds = 300;

/** Much of everything for a long time: does anything get lost, grow, or stay behind? */
export function soakScenario(options: SoakOptions): Scenario {
  const { seconds } = options;
  return defineScenario({
    name: 'soak',
    group: 'soak',
    question: `${options.idle} idle connections, ${options.streams} streams, faults of every kind and bad input for ${seconds} s: is anything lost, does anything grow or stay behind?`,
    needs: ['process'],
    measures: [
      ...[unaccounted, controlUnnoticed, memoryGrowthMib, descriptorsLeft, badInputWrong],
      ...[bystanderErrors, bystanderMs, chunksPerSecond, requestsBegun],
    ],
    bars: [
      'unaccounted count == 0',
      'control_unnoticed count == 0',
      'memory_growth_mib{bound:low} value < 1',
      'descriptors_left value <= 0',
      'bad_input_wrong count == 0',
      'bystander_errors count == 0',
      'bystander_ms{phase:during} p(99) <= 1.5x{phase:quiet} + 0.1',
    ],
    seconds: { quick: seconds + 20, default: seconds + 20, full: seconds + 20 },
    run: (context) => new Soak(options, context).run(),
  });
}

class Soak {
  readonly #entries: ClientEntry[] = [];
  #streams: Streams | null = null;
  #faults = 0;
  readonly #bad: BadInputCount = { sent: 0, wrong: {} };
  #begun = 0;

  constructor(
    readonly options: SoakOptions,
    readonly context: ScenarioContext,
  ) {}

  async run(): Promise<void> {
    const { context, options } = this;
    await context.fetch('/'); // what is opened once and for all is open
    const descriptors = context.process.openDescriptors();
    const schedule = scheduleOf(options.seconds);
    const healthy = context.run([this.#bystanders(schedule)], options.seconds * 1000 + 10_000, { prompt: true });
    this.#begun = performance.now();
    await this.#until(schedule[0]!.untilMs);
    const watched = performance.now();
    const watch = new Watch(context.process, () => options.onFigures(this.#figures(watch)));
    await this.#load(schedule.slice(1));
    watch.stop();
    const seconds = (performance.now() - watched) / 1000;
    this.#judgeBystanders(await healthy);
    const { slope, low } = watch.growth(Math.min(60, seconds / 4));
    context.measure(memoryGrowthMib, values([low]), { bound: 'low' });
    context.measure(memoryGrowthMib, values([slope]), { bound: 'slope' });
    if (options.seconds < settleSeconds)
      context.doubt(memoryGrowthMib, `in less than ${settleSeconds} s the heap has not found its size`);
    context.measure(chunksPerSecond, values([(this.#streams?.chunks ?? 0) / seconds]));
    await this.#settle(descriptors);
    await this.#judgeBooks();
  }

  /** @param ms since the beginning of the soak */
  #until(ms: number): Promise<void> {
    return this.context.sleep(Math.max(0, this.#begun + ms - performance.now()));
  }

  #bystanders(schedule: readonly Stretch[]) {
    return openLoop({
      id: 'healthy',
      ...this.context.address,
      request: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      connections: 8,
      ratePerSecond: 100,
      durationMs: schedule.at(-1)!.untilMs,
      phases: schedule,
    });
  }

  /** The good load, and when it is there and has been for a while, everything else beside it. */
  async #load(schedule: readonly Stretch[]): Promise<void> {
    const { context, options } = this;
    const { address, signal } = context;
    const { fromMs, untilMs } = schedule[0]!;
    const idleMs = schedule.at(-1)!.untilMs + 60_000;
    const comingMs = (untilMs - fromMs) * 0.7;
    const idle = options.idle > 0 ? context.begin([idleCohort(address, options.idle, comingMs)], idleMs) : null;
    this.#streams = new Streams({ port: address.port, streams: options.streams, chunks, everyMs });
    const waves = schedule.filter(({ name }) => name === 'during');
    for (const wave of waves) {
      await this.#until(wave.fromMs);
      if (wave === waves[0]) await this.#control();
      await this.#misbehave(wave, wave === waves.at(-1));
    }
    const { sent, wrong: wrongs } = this.#bad;
    const wrong = Object.values(wrongs).reduce((sum, each) => sum + each, 0);
    context.measure(badInputWrong, count(wrong, sent));
    for (const [what, times] of Object.entries(wrongs)) context.note(`${times} × ${what}`);
    await this.#streams.stop(leaveMs, signal.aborted ? 'leave' : 'stop');
    this.#entries.push(...this.#streams.entries);
    context.helped(this.#streams.cpuNs);
    if (this.#streams.ended) throw new Error(this.#streams.ended);
    if (idle) this.#entries.push(...faultEntries(await idle.stop(), 'i'));
  }

  /** Bad input, and bout after bout of faults, which are over when quiet follows. */
  async #misbehave({ fromMs, untilMs }: Stretch, last: boolean): Promise<void> {
    const { context, options } = this;
    const { address, signal } = context;
    const enough = new AbortController();
    const badInput = sendBadInput(address.port, 20, AbortSignal.any([signal, enough.signal]), this.#bad);
    const end = this.#begun + untilMs - (last ? 0 : boutMs);
    while (performance.now() < end && !signal.aborted) {
      const cohorts = faultCohorts(address, options.faults, Math.min(boutMs / 2, (untilMs - fromMs) / 4));
      const bout = await context.run(cohorts, boutMs);
      this.#entries.push(...faultEntries(bout, 'f'));
      this.#faults += bout.cohorts.reduce((sum, each) => sum + each.receipts.ok, 0);
      if (this.#streams!.ended !== null) throw new Error(this.#streams!.ended);
    }
    enough.abort();
    await badInput;
  }

  /** One request of which the server drops a chunk. */
  async #control(): Promise<void> {
    const client = new ChunkClient(this.context.address.port);
    await client.ask(this.options.control, '/chunks?count=5');
    client.leave();
    this.#entries.push(...client.entries);
  }

  #figures(watch: Watch): Figures {
    const streams = this.#streams;
    return {
      seconds: (performance.now() - this.#begun) / 1000,
      residentMib: watch.residentMib,
      cpuPercent: watch.cpuPercent,
      descriptors: watch.sampler.openDescriptors(),
      chunks: streams?.chunks ?? 0,
      requests: (streams?.entries.length ?? 0) + this.#entries.length,
      wrong: streams?.entries.filter(({ wrong }) => wrong.length > 0).length ?? 0,
      faults: this.#faults,
    };
  }

  #judgeBystanders(report: ClientReport): void {
    const healthy = report.cohorts[0]!;
    for (const [phase, series] of latencyByPhase(healthy))
      if (phase !== 'arriving' && phase !== 'leaving')
        this.context.measure(bystanderMs, series, { phase }, lagMs(report));
    this.context.measure(bystanderErrors, count(errorsOf(healthy), healthy.sentRequests));
  }

  /** Waits until the server has nothing open any more that it had not before. */
  async #settle(before: number): Promise<void> {
    const { context } = this;
    let left = Number.POSITIVE_INFINITY;
    for (const end = performance.now() + leaveMs; left > 0 && performance.now() < end; ) {
      left = context.process.openDescriptors() - before;
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    context.measure(descriptorsLeft, values([left]));
  }

  /** The server's descriptors are closed a moment before its applications hear of it and write that down. */
  async #closedBooks(): Promise<ReturnType<typeof balance>> {
    for (const end = performance.now() + leaveMs; ; ) {
      const all = balance(this.#entries, serverBook(readRecords(readFileSync(this.options.book, 'utf8'))));
      if ((all.opened === all.closed && all.opened === all.settled) || performance.now() > end) return all;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #judgeBooks(): Promise<void> {
    const { context, options } = this;
    const all = await this.#closedBooks();
    const found = all.unaccounted.filter(({ id }) => id !== options.control);
    context.measure(unaccounted, count(found.length, all.started));
    context.measure(controlUnnoticed, count(found.length === all.unaccounted.length ? 1 : 0, 1));
    context.measure(requestsBegun, values([all.complete]), { end: 'complete' });
    context.measure(requestsBegun, values([all.left]), { end: 'left' });
    const { started, complete, left, opened, closed, settled } = all;
    const control =
      found.length === all.unaccounted.length ? 'the control unnoticed' : 'and the control, which was noticed';
    context.note(
      `books: ${started} started = ${complete} complete + ${left} aborted by clients + ${found.length} unaccounted, ${control}; ${opened} bodies opened, ${closed} closed, ${settled} settled`,
    );
    for (const { id, why } of found.slice(0, 10)) context.note(`${id}: ${why}`);
  }
}
