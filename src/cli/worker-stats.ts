import type { Worker } from 'node:cluster';
import type { Server, ServerStats } from '../engines/engine.js';
import type { Figures } from '../metrics/exposition.js';

/** What the supervisor asks its workers for, and what they answer. */
interface Question {
  readonly statsWanted: number;
}
interface Answer {
  readonly statsOf: number;
  readonly stats: ServerStats;
}

/** A worker that is busy for longer is left out of the page. */
const PATIENCE_MS = 1000;
let asked = 0;

/** In a worker: answers its supervisor. */
export function tellStats(server: Server): void {
  process.on('message', (message: Partial<Question>) => {
    if (message.statsWanted === undefined || !process.connected) return;
    process.send!({ statsOf: message.statsWanted, stats: server.stats() } satisfies Answer);
  });
}

/** In the supervisor: the figures of those that answer in time, each under its number. */
export async function askStats(workers: readonly Worker[]): Promise<Figures[]> {
  const answers = await Promise.all(workers.map(askOne));
  return answers.filter((each): each is Figures => each !== null);
}

function askOne(worker: Worker): Promise<Figures | null> {
  const number = ++asked;
  return new Promise((resolve) => {
    const done = (figures: Figures | null) => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(figures);
    };
    const onMessage = ({ statsOf, stats }: Partial<Answer>) => {
      if (statsOf === number && stats) done({ labels: { worker: String(worker.id) }, stats });
    };
    const onExit = () => done(null);
    const timer = setTimeout(done, PATIENCE_MS, null);
    worker.on('message', onMessage).on('exit', onExit);
    if (!worker.isConnected() || !worker.send({ statsWanted: number } satisfies Question)) done(null);
  });
}
