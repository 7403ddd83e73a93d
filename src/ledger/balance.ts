import type { ClientEntry, ServerEntry } from './books.js';

/** What was done to the servers on purpose. */
export interface Injected {
  /** Processes and threads that were killed: their books may lack ends. */
  readonly killed: ReadonlySet<number>;
  /** Servers were stopped: requests may have come too late to be answered. */
  readonly stopped: boolean;
}

export interface Finding {
  readonly id: string;
  readonly why: string;
}

/** started = complete + left + aborted by an injected fault + unaccounted; opened = closed = settled, but for those of the killed. */
export interface Balance {
  readonly started: number;
  readonly complete: number;
  /** Aborted by the client. */
  readonly left: number;
  /** Aborted by an injected fault. */
  readonly injected: number;
  readonly opened: number;
  readonly closed: number;
  readonly settled: number;
  readonly unaccounted: readonly Finding[];
}

const nothingInjected: Injected = { killed: new Set(), stopped: false };

/** Compares the books of all clients with those of all servers. Ids are unique. */
export function balance(
  clients: readonly ClientEntry[],
  servers: ReadonlyMap<string, ServerEntry>,
  faults: Injected = nothingInjected,
): Balance {
  const counts = { complete: 0, left: 0, injected: 0 };
  const unaccounted: Finding[] = [];
  const known = new Set<string>();
  for (const client of clients) {
    const server = servers.get(client.id);
    const why = known.has(client.id) ? 'two clients have this id' : objection(client, server, faults);
    known.add(client.id);
    if (why !== null) unaccounted.push({ id: client.id, why });
    else if (client.end === 'complete') counts.complete++;
    else if (client.end === 'left') counts.left++;
    else counts.injected++;
  }
  let [opened, closed, settled] = [0, 0, 0];
  for (const server of servers.values()) {
    opened += server.opened;
    closed += server.closed;
    settled += server.settled;
    if (!known.has(server.id)) unaccounted.push({ id: server.id, why: 'no client asked for it' });
  }
  return { started: clients.length, ...counts, opened, closed, settled, unaccounted };
}

/** Why an entry does not balance, or null. */
function objection(client: ClientEntry, server: ServerEntry | undefined, faults: Injected): string | null {
  if (client.wrong.length > 0) return client.wrong[0]!;
  if (server === undefined) return withoutServer(client, faults);
  const killed = faults.killed.has(server.process);
  if (server.opened !== 1) return `opened ${server.opened} times`;
  if (server.closed > 1) return `closed ${server.closed} times`;
  if (server.closed === 0 && !killed) return 'opened and never closed';
  if (server.settled > 1) return `settled ${server.settled} times`;
  if (server.settled === 0 && !killed) return 'opened and never settled';
  if (client.chunks !== null && server.closed === 1 && client.chunks > server.chunks)
    return `${client.chunks} chunks came, ${server.chunks} were sent`;
  switch (client.end) {
    case 'complete':
      if (server.settled === 1 && server.outcome !== 'done')
        return `complete for the client, ${server.outcome} for the server`;
      if (server.closed === 0) return null; // killed behind the last byte
      if (server.reason !== 'done') return `complete for the client, its body closed with ${server.reason}`;
      if (client.chunks !== null && client.chunks !== server.chunks)
        return `complete with ${client.chunks} of ${server.chunks} chunks`;
      return null;
    case 'left':
      return server.outcome === 'app-error' ? 'the client left, the server failed' : null;
    case 'truncated':
    case 'unanswered':
      if (killed || (server.outcome === 'shutdown' && faults.stopped)) return null;
      return `${client.end} for the client, ${server.outcome} for the server`;
  }
}

function withoutServer({ end }: ClientEntry, { killed, stopped }: Injected): string | null {
  if (end === 'left') return null; // before the server came to it
  if (end === 'unanswered' && (stopped || killed.size > 0)) return null;
  return `${end} for the client, unknown to the server`;
}
