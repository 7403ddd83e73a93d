import { createRequire } from 'node:module';
import type { NativeEngineClass } from './engines/native-protocol.js';
import type { NativePlan, NativeReport } from './traffic/native.js';

/** A run of the native fault client; it starts when it is made. */
export interface NativeRun {
  /** Ends it; `done` follows with what was measured. */
  stop(): void;
  /** elapsedNs, requests, errors, bytes, open connections, cuts; about 10 ms old. */
  progress(): Float64Array;
}

/** Answers every request with the same bytes, and does nothing else. */
export interface NativeNullServer {
  readonly port: number;
  /** Takes the whole thread, until the process ends. */
  serve(): never;
}

/** What the .node file exports. */
export interface Addon {
  /** @throws TypeError on a plan that cannot be run; `done` gets null only when memory ran out. */
  FaultClient: new (
    plan: NativePlan,
    done: (report: NativeReport | null) => void,
  ) => NativeRun;
  /** Absent from addons built before there was one. */
  NullServer?: new (
    response: Uint8Array,
  ) => NativeNullServer;
  /**
   * The TCP sockets whose own port this is, whoever owns them: nine numbers each, in the order of SocketView in
   * native/client/sock_diag.h.
   *
   * @throws Error where the kernel does not say
   */
  socketsOf?(port: number): Float64Array;
  /** Absent from addons built before there was one. */
  Engine?: NativeEngineClass;
}

export type AddonState =
  | { readonly addon: Addon; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

let state: AddonState | undefined;

/** Loads the addon once a thread. Never throws: without it, `reason` says why there is none. */
export function loadAddon(): AddonState {
  state ??= load();
  return state;
}

function load(): AddonState {
  // The same distance from src/ and from dist/.
  const path = process.env.HALFOPEN_ADDON ?? new URL('../build/Release/halfopen.node', import.meta.url).pathname;
  try {
    return { addon: createRequire(import.meta.url)(path) as Addon, reason: null };
  } catch (error) {
    return { addon: null, reason: `${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}` };
  }
}
