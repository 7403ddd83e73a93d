/**
 * The records that engine and JavaScript exchange. Mirrors native/engine/protocol.h, where they are explained; a test
 * compares the two.
 */

export const CONTROL = {
  commandCount: 0,
  arenaUsed: 1,
  flushes: 2,
  headBytes: 3,
  bodyBytes: 4,
  commandPause: 5,
} as const;

/** Commands between two pauses. */
export const PAUSE_EVERY = 32;

export const EVENT_INTS = 12;
export const COMMAND_INTS = 6;

export const EVENT = {
  request: 1,
  body: 2,
  bodyEnd: 3,
  bodyError: 4,
  drained: 5,
  sent: 6,
  retry: 7,
  fin: 8,
  gone: 9,
  idle: 10,
  exhausted: 11,
} as const;

export const REQUEST_FLAG = { http11: 1, hasBody: 2, keepAlive: 4 } as const;

export const OP = {
  head: 1 << 0,
  headRaw: 1 << 1,
  data: 1 << 2,
  ref: 1 << 3,
  end: 1 << 4,
  abort: 1 << 5,
  retry: 1 << 6,
  drain: 1 << 7,
  read: 1 << 8,
} as const;

export const MOD = {
  many: 1 << 12,
  notify: 1 << 13,
  framed: 1 << 14,
  noBody: 1 << 15,
  dated: 1 << 16,
  http10: 1 << 17,
  keep: 1 << 18,
  now: 1 << 19,
} as const;

/** By the engine's number of the reason why a connection ended. */
export const GONE_KINDS = [
  null,
  'client-fin',
  'client-reset',
  'client-vanished',
  'write-stalled',
  'input-timeout',
  'shutdown',
] as const;

/** Mirrors native/engine/stats.h. */
export interface NativeStats extends Readonly<Record<(typeof STATS)[number], number>> {
  readonly refused: Readonly<Record<string, number>>;
}
export const STATS = [
  ...(['accepted', 'requests', 'connections', 'inFlight', 'acceptFull', 'acceptExhausted', 'turnedAway'] as const),
  ...(['closedSilent', 'closedIdle', 'closedPressure', 'stalled', 'cutDrain'] as const),
  ...(['silent', 'head', 'active', 'idle', 'lingering'] as const),
  ...(['blocked', 'awaitingBody', 'paused', 'backingOff', 'queuedBytes'] as const),
] as const;

/** The engine's class in the addon. */
export interface NativeEngine {
  readonly buffers: Readonly<
    Record<'control' | 'events' | 'commands' | 'arena' | 'heads' | 'bodies' | 'backlog', ArrayBuffer>
  >;
  listen(host: string, port: number): { port: number; address: string };
  flush(bytes?: Uint8Array): void;
  /** Serves those who wait, if other work of the event loop has kept them waiting. Never within the application's code: it may be called. */
  look(): void;
  defineHead(token: number, bytes: Uint8Array): void;
  /** @returns number of the kind, and the errno shifted by 8 */
  peek(slot: number, seq: number): number;
  remote(slot: number): [address: string, port: number];
  drain(): void;
  resetAll(): void;
  destroy(): void;
  stats(): NativeStats;
}

export type NativeEngineClass = new (
  options: Record<string, number | boolean>,
  onEvents: (count: number) => void,
) => NativeEngine;
