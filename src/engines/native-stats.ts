import type { ServerStats } from './engine.js';
import type { NativeEngine } from './native-protocol.js';

/** What the engine counted, by the names of `server.stats()`; `disconnects` by reason, as the application side told them. */
export function serverStats(
  s: ReturnType<NativeEngine['stats']>,
  disconnects: Readonly<Record<string, number>>,
): ServerStats {
  return {
    connections: s.connections,
    accepted: s.accepted,
    requests: s.requests,
    inFlight: s.inFlight,
    refused: s.refused,
    disconnects: { ...disconnects },
    states: { silent: s.silent, head: s.head, active: s.active, idle: s.idle, lingering: s.lingering },
    closed: {
      silent: s.closedSilent,
      idle: s.closedIdle,
      pressure: s.closedPressure,
      stalled: s.stalled,
      drain: s.cutDrain,
    },
    waiting: { backoff: s.backingOff, drain: s.paused },
    queuedBytes: s.queuedBytes,
    acceptPauses: { full: s.acceptFull, exhausted: s.acceptExhausted },
  };
}
