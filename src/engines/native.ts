import { getSystemErrorName } from 'node:util';
import { loadAddon } from '../addon.js';
import { Gateway } from '../gateway/core.js';
import { limitsOf } from '../gateway/limits.js';
import type { App, CloseReason } from '../gateway/types.js';
import { type Engine, type EngineOptions, RELEASE_MS, type Server, type ServerStats } from './engine.js';
import { CommandWriter } from './native-commands.js';
import { type Carrier, closeReason, NativeExchange } from './native-exchange.js';
import { CONTROL, EVENT, EVENT_INTS, type NativeEngine, type NativeEngineClass } from './native-protocol.js';
import { serverStats } from './native-stats.js';

/** The engine on the addon, or null where the addon was not built. */
export function nativeEngine(): Engine | null {
  const { addon } = loadAddon();
  if (!addon?.Engine) return null;
  const NativeClass = addon.Engine;
  return {
    name: 'native',
    listen: async (app, options) => new NativeServer(NativeClass, app, options),
  };
}

/** Why there is no native engine, or null. */
export function nativeUnavailable(): string | null {
  return loadAddon().reason;
}

const DEFAULT_GRACE_MS = 30_000;

class NativeServer implements Server, Carrier {
  readonly engine = 'native';
  readonly address: string;
  readonly port: number;
  readonly commands: CommandWriter;
  readonly backlog: Uint32Array;
  readonly highWaterMark: number;
  readonly #gateway: Gateway;
  readonly #native: NativeEngine;
  readonly #control: Uint32Array;
  readonly #events: Int32Array;
  readonly #heads: Buffer;
  readonly #bodies: Uint8Array;
  /** By slot: the exchange being answered; those behind it hang on its `next`. */
  readonly #current: (NativeExchange | undefined)[];
  /** By slot: exchanges whose end was not handed to the kernel yet, and that someone watches. */
  readonly #ending = new Map<number, NativeExchange[]>();
  /** Began in the last turn, and were not over when their application returned. */
  readonly #young: NativeExchange[] = [];
  readonly #disconnects: Record<string, number> = {};
  #closing: { promise: Promise<void>; resolve: () => void } | null = null;
  #grace: NodeJS.Timeout | undefined;
  #stats: ServerStats | null = null;

  constructor(NativeClass: NativeEngineClass, app: App, options: EngineOptions) {
    const { keepAliveProbe: probe, policy } = options;
    this.#native = new NativeClass(
      {
        backlog: options.backlog,
        reusePort: options.reusePort,
        coalesce: options.coalesce,
        gatherUs: options.gatherUs,
        lowWaterMark: policy.lowWaterMark,
        userTimeoutMs: options.userTimeoutMs,
        probeIdleMs: probe.idleMs,
        probeIntervalMs: probe.intervalMs,
        probeCount: probe.count,
        ...limitsOf(options),
      },
      (count) => this.#onEvents(count),
    );
    const { buffers } = this.#native;
    this.#control = new Uint32Array(buffers.control);
    this.#events = new Int32Array(buffers.events);
    this.#heads = Buffer.from(buffers.heads);
    this.#bodies = new Uint8Array(buffers.bodies);
    this.backlog = new Uint32Array(buffers.backlog);
    this.highWaterMark = policy.highWaterMark;
    // Made at its full size: an array that grows leaves copies of itself behind.
    this.#current = new Array(this.backlog.length).fill(undefined);
    this.commands = new CommandWriter(this.#native, options.coalesce);
    try {
      const at = this.#native.listen(options.host, options.port);
      this.address = at.address;
      this.port = at.port;
    } catch (error) {
      this.#native.destroy();
      throw error;
    }
    this.#gateway = new Gateway(app, policy, options.log, {
      scheme: 'http',
      serverName: options.host,
      serverPort: this.port,
      multithread: options.multithread,
      multiprocess: options.multiprocess,
    });
  }

  /** A turn's events. One application that throws takes nothing from its neighbours. */
  #onEvents(count: number): void {
    const events = this.#events;
    if (this.#young.length > 0) {
      // Those that have outlived the turn they came in.
      for (const exchange of this.#young) if (!exchange.over) exchange.detach();
      this.#young.length = 0;
    }
    const headBytes = this.#control[CONTROL.headBytes]!;
    const text = headBytes > 0 ? this.#heads.toString('latin1', 0, headBytes) : '';
    for (let i = 0, at = 0; i < count; i++, at += EVENT_INTS) {
      try {
        if (events[at] === EVENT.request) this.#onRequest(at, text);
        else this.#onEvent(events[at]!, events[at + 1]!, events[at + 2]!, events[at + 3]!, events[at + 4]!);
      } catch (error) {
        this.#gateway.log.error('the gateway failed in an event', error);
      }
    }
  }

  #onRequest(at: number, text: string): void {
    const e = this.#events;
    const slot = e[at + 1]!;
    const exchange = new NativeExchange(
      this.#gateway,
      this,
      slot,
      e[at + 2]!,
      e[at + 3]!,
      text,
      e[at + 4]!,
      e[at + 5]!,
      e[at + 6]!,
      e[at + 7]!,
      e[at + 8]!,
      e[at + 9]!,
      e[at + 10]!,
    );
    const current = this.#current[slot];
    if (current) {
      exchange.detach();
      let last = current;
      while (last.next) last = last.next;
      last.next = exchange;
    } else {
      this.#current[slot] = exchange;
      exchange.begin();
      if (!exchange.over) this.#young.push(exchange);
    }
  }

  #onEvent(kind: number, slot: number, seq: number, a: number, b: number): void {
    if (kind === EVENT.idle) return this.#onIdle();
    if (kind === EVENT.exhausted) return this.#onExhausted(a, b);
    const current = this.#current[slot];
    const exchange = current?.seq === seq ? current : undefined;
    switch (kind) {
      case EVENT.drained:
        return exchange?.onDrained();
      case EVENT.retry:
        return exchange?.onRetry();
      case EVENT.sent:
        return this.#settleEnding(slot, seq, null);
      case EVENT.fin:
        // An exchange that the engine had not seen the end of may be over already: it counts for the one in progress.
        if (current) this.#onFin(current);
        return;
      case EVENT.gone: {
        const reason = closeReason(a, b) ?? { kind: 'client-reset' };
        this.#settleEnding(slot, seq, reason);
        // The application side may have come further than the engine when the connection died.
        if (current && current.seq <= seq) this.#leave(current, reason);
        return;
      }
      default:
        this.#onBody(kind, this.#bodyOf(current, seq), a, b);
    }
  }

  #bodyOf(current: NativeExchange | undefined, seq: number): NativeExchange | undefined {
    let exchange = current ?? null;
    while (exchange && exchange.seq !== seq) exchange = exchange.next;
    return exchange ?? undefined;
  }

  #onBody(kind: number, exchange: NativeExchange | undefined, a: number, b: number): void {
    if (!exchange || exchange.over) return;
    const input = exchange.more.input(); // what came before a disconnect stays readable, also when nobody has asked yet (rule 27)
    if (kind === EVENT.body) input.push(this.#bodies.slice(a, a + b));
    else if (kind === EVENT.bodyEnd) input.end();
    else input.fail(closeReason(a, b) ?? { kind: 'client-reset' });
  }

  /** Those that wait behind an exchange learn of the FIN when their turn comes. */
  #onFin(exchange: NativeExchange): void {
    for (let waiting = exchange.next; waiting; waiting = waiting.next) waiting.finWaiting = true;
    exchange.onPeerFin();
    if (exchange.away) this.#count(exchange.away);
  }

  #leave(exchange: NativeExchange, reason: CloseReason): void {
    exchange.next = null; // never begun, so nobody is to be told
    this.#count(reason);
    exchange.leave(reason);
  }

  #count(reason: CloseReason): void {
    this.#disconnects[reason.kind] = (this.#disconnects[reason.kind] ?? 0) + 1;
  }

  #settleEnding(slot: number, seq: number, failed: CloseReason | null): void {
    const ending = this.#ending.get(slot);
    if (!ending) return;
    const rest = ending.filter((exchange) => exchange.seq > seq);
    if (rest.length) this.#ending.set(slot, rest);
    else this.#ending.delete(slot);
    for (const exchange of ending) {
      if (exchange.seq > seq) continue;
      if (failed) exchange.leave(failed);
      else exchange.handedOver();
    }
  }

  release(exchange: NativeExchange, watched: boolean, goOn: boolean): void {
    const { slot } = exchange;
    if (watched) {
      const ending = this.#ending.get(slot);
      if (ending) ending.push(exchange);
      else this.#ending.set(slot, [exchange]);
    }
    if (this.#current[slot] !== exchange) return;
    const { next } = exchange;
    if (!next || !goOn) {
      this.#current[slot] = undefined; // what waited behind it was never begun
      return;
    }
    this.#current[slot] = next;
    queueMicrotask(() => this.#beginNext(next)); // not within the end of the one before
  }

  #beginNext(exchange: NativeExchange): void {
    if (this.#current[exchange.slot] !== exchange || exchange.over) return;
    exchange.begin();
    if (exchange.finWaiting && !exchange.over) this.#onFin(exchange);
  }

  peek(slot: number, seq: number): number {
    return this.#native.peek(slot, seq);
  }

  remote(slot: number): [address: string, port: number] {
    return this.#native.remote(slot);
  }

  close(options: { graceMs?: number } = {}): Promise<void> {
    const { graceMs = DEFAULT_GRACE_MS } = options;
    if (!this.#closing) {
      let resolve!: () => void;
      const promise = new Promise<void>((r) => {
        resolve = r;
      });
      this.#closing = { promise, resolve };
      this.#native.drain();
    } else if (!this.#grace) return this.#closing.promise;
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.#native.resetAll(), graceMs);
    return this.#closing.promise;
  }

  /** Draining: the last connection is gone. */
  #onIdle(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#stats = this.stats();
    // Not at once: the engine is in the middle of a delivery.
    setImmediate(() => {
      this.#native.destroy();
      void this.#gateway.released(RELEASE_MS).then(() => this.#closing?.resolve());
    });
  }

  /** The engine says so once a minute at most. */
  #onExhausted(errno: number, connections: number): void {
    const name = getSystemErrorName(-errno);
    this.#gateway.log.error(`accepting pauses, ${name}: ${connections} connections are open and no more can be had`);
  }

  stats(): ServerStats {
    if (this.#stats) return this.#stats;
    return serverStats(this.#native.stats(), this.#disconnects);
  }
}
