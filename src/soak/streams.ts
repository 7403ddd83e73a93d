/**
 * Clients of a soak, in a process of their own: PORT STREAMS CHUNKS EVERY-MS. Each reads one response after the other and
 * checks every chunk; what has ended is sent to the parent once a second. The message `stop` lets what is under way end,
 * `leave` breaks it off.
 */
import type { ClientEntry } from '../ledger/books.js';
import { ChunkClient } from './chunk-client.js';

/** What the parent is told. */
export interface StreamsTold {
  readonly entries: readonly ClientEntry[];
  /** Whole chunks since the last time. */
  readonly chunks: number;
  /** CPU time of this process so far, nanoseconds. */
  readonly cpuNs: number;
  /** The last message. */
  readonly over: boolean;
}

const [port = 0, streams = 0, chunks = 0, everyMs = 0] = process.argv.slice(2).map(Number);
const clients = Array.from({ length: streams }, () => new ChunkClient(port));
let stopped = false;

async function ask(client: ChunkClient, number: number): Promise<void> {
  // Not all at once: neither their arrival nor their chunks.
  await new Promise((resolve) => setTimeout(resolve, (number / streams) * Math.min(2000, chunks * everyMs)));
  for (let i = 0; !stopped; i++) {
    const end = await client.ask(`s${number}-${i}`, `/chunks?count=${chunks}&ms=${everyMs}`);
    if (end !== 'complete') await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let told = 0;
function tell(over: boolean): void {
  const entries = clients.flatMap((client) => client.entries.splice(0));
  const read = clients.reduce((sum, client) => sum + client.totalChunks, 0);
  const { user, system } = process.cpuUsage();
  process.send!({ entries, chunks: read - told, cpuNs: (user + system) * 1000, over } satisfies StreamsTold);
  told = read;
}

const ticker = setInterval(tell, 1000, false);
process.on('message', (message) => {
  stopped = true;
  if (message === 'leave') for (const client of clients) client.leave();
});
process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => {}); // the parent's affair
await Promise.all(clients.map(ask));
clearInterval(ticker);
for (const client of clients) client.leave();
tell(true);
process.disconnect();
