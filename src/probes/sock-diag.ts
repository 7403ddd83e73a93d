import { loadAddon } from '../addon.js';
import { type TcpState, tcpStates } from '../traffic/report.js';

/** One TCP socket as the kernel sees it from outside (sock_diag). Sizes in bytes. */
export interface SocketView {
  readonly state: TcpState;
  /** What the kernel waits for on it. */
  readonly timer: 'none' | 'retransmit' | 'keep-alive' | 'time-wait' | 'zero-window';
  readonly remotePort: number;
  readonly receiveQueue: number;
  /** Not acknowledged yet; of these never sent. */
  readonly sendQueue: number;
  readonly unsent: number;
  /** Held by the kernel for it: both queues with their overhead, and what is reserved. */
  readonly memory: number;
  readonly retransmits: number;
  /** 0: no process has it any more. */
  readonly inode: number;
}

const timers = ['none', 'retransmit', 'keep-alive', 'time-wait', 'zero-window'] as const;
const numbers = 9;

/**
 * The connections that a local server has at its port, whoever and wherever it is: also one that tells nothing.
 *
 * @returns null where neither addon nor kernel can say
 */
export function serverSockets(port: number): readonly SocketView[] | null {
  const { addon } = loadAddon();
  if (addon?.socketsOf === undefined) return null;
  let raw: Float64Array;
  try {
    raw = addon.socketsOf(port);
  } catch {
    return null;
  }
  const views: SocketView[] = [];
  for (let at = 0; at < raw.length; at += numbers) {
    const [state, timer, remotePort, receiveQueue, sendQueue, unsent, memory, retransmits, inode] = raw.subarray(
      at,
      at + numbers,
    ) as unknown as [number, number, number, number, number, number, number, number, number];
    if (tcpStates[state] === 'listen') continue;
    views.push({
      state: tcpStates[state] ?? 'unknown',
      timer: timers[timer] ?? 'none',
      remotePort,
      receiveQueue,
      sendQueue,
      unsent,
      memory,
      retransmits,
      inode,
    });
  }
  return views;
}

/** What was seen of a port at one moment. */
export interface SocketsAt {
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly t: number;
  readonly sockets: readonly SocketView[];
}

const pollMs = 2;

/** Looks at a server's sockets every two milliseconds until it is stopped. Keeps those whose client has left. */
export class SocketWatch {
  readonly #seen: SocketsAt[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly port: number,
    everyMs = pollMs,
  ) {
    this.#look();
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  stop(): readonly SocketsAt[] {
    clearInterval(this.#timer);
    this.#look();
    return this.#seen;
  }

  #look(): void {
    const sockets = serverSockets(this.port)?.filter(({ state }) => state === 'close-wait');
    if (sockets) this.#seen.push({ t: Number(process.hrtime.bigint()), sockets });
  }
}
