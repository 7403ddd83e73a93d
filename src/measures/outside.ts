import type { SocketsAt } from '../probes/sock-diag.js';
import type { Measure } from './measure.js';

export const closeWaitMs: Measure = {
  name: 'close_wait_ms',
  title: 'connection kept after the FIN',
  unit: 'ms',
  better: 'lower',
  timed: true,
  what: 'how long the server’s socket sat in CLOSE_WAIT: the client had left, and the server had not let go',
};

export const stillWaiting: Measure = {
  name: 'still_waiting',
  title: 'connections never let go of',
  unit: 'connections',
  better: 'lower',
  what: 'connections that were still in CLOSE_WAIT when the scenario ended',
};

export const sendQueueKib: Measure = {
  name: 'send_queue_kib',
  title: 'kernel’s send queue per stalled reader',
  unit: 'KiB',
  better: 'lower',
  what: 'bytes that wait in the server’s socket for a client that does not read',
};

export const kernelMemoryKib: Measure = {
  name: 'kernel_memory_kib',
  title: 'kernel memory per stalled reader',
  unit: 'KiB',
  better: 'lower',
  what: 'memory that the kernel holds for the server’s socket of a client that does not read',
};

export const cpuAfterCutPercent: Measure = {
  name: 'cpu_after_cut_percent',
  title: 'server CPU after the last client had left',
  unit: '% of a core',
  better: 'lower',
  timed: true,
  what: 'CPU of the server in the second after all its clients had left: work for nobody',
};

export interface CloseWaits {
  /** Milliseconds, one for each cut that was let go of. One too short to be seen counts as the usual time between looks. */
  readonly ms: readonly number[];
  /** Still there at the last look. */
  readonly kept: number;
  /** Too short to be seen. */
  readonly unseen: number;
}

/**
 * How long connections sat in CLOSE_WAIT, from repeated looks at the server's port.
 *
 * @param cuts how many clients left by a FIN while that was watched
 */
export function closeWaits(seen: readonly SocketsAt[], cuts: number): CloseWaits {
  const since = new Map<number, number>();
  const ms: number[] = [];
  const gaps = seen.slice(1).map(({ t }, i) => (t - seen[i]!.t) / 1e6);
  for (const { t, sockets } of seen) {
    const now = new Set(sockets.filter(({ state }) => state === 'close-wait').map(({ remotePort }) => remotePort));
    for (const [port, from] of since) {
      if (now.has(port)) continue;
      since.delete(port);
      ms.push((t - from) / 1e6);
    }
    for (const port of now) if (!since.has(port)) since.set(port, t);
  }
  const usual = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const unseen = Math.max(0, cuts - ms.length - since.size);
  return { ms: [...ms, ...Array<number>(unseen).fill(usual)], kept: since.size, unseen };
}
