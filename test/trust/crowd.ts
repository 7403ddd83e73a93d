import type { ClientEntry } from '../../src/ledger/books.js';
import { ChunkClient } from '../../src/soak/chunk-client.js';

/** Short and long streams, framed both ways, small and beyond every buffer; the last ones outlive any grace. */
const targets = [
  '/chunks?count=3&ms=5',
  '/chunks?count=20&ms=10',
  '/length?count=20&ms=10',
  '/chunks?count=40&ms=0&bytes=20000',
  '/length?count=40&ms=0&bytes=20000',
  '/empty?count=5',
  '/chunks?count=1000&ms=10',
  '/length?count=1000&ms=10',
];

/** Clients that ask one request after the other, and keep the book. */
export class Crowd {
  readonly #clients: ChunkClient[];
  #stopped = false;
  #asked = 0;
  readonly #done: Promise<unknown>;

  /**
   * @param prefix of the ids
   * @param steady they go on after a request that failed, and no stream is long; else each stops there
   */
  constructor(
    port: number,
    prefix: string,
    { size = 12, steady = false }: { readonly size?: number; readonly steady?: boolean } = {},
  ) {
    this.#clients = Array.from({ length: size }, () => new ChunkClient(port));
    this.#done = Promise.all(this.#clients.map((client, i) => this.#ask(client, `${prefix}-${i}`, i, steady)));
  }

  async #ask(client: ChunkClient, prefix: string, first: number, steady: boolean): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      this.#asked++;
      const target = targets[(first + i) % targets.length]!;
      const end = await client.ask(`${prefix}-${i}`, steady ? target.replace('1000', '100') : target);
      if (end !== 'complete' && !steady) return;
      if (steady) client.leave(); // the next connection may be another worker's
      if (end !== 'complete') await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Whole chunks that the requests under way have brought. */
  get streaming(): number {
    return this.#clients.filter(({ chunks }) => chunks > 0).length;
  }

  /** No new requests; those under way may end. */
  stop(): void {
    this.#stopped = true;
  }

  /** Those under way are broken off. */
  leave(): void {
    this.#stopped = true;
    for (const client of this.#clients) client.leave();
  }

  /** Resolves when nothing is under way. */
  async entries(): Promise<ClientEntry[]> {
    await this.#done;
    return this.#clients.flatMap(({ entries }) => entries);
  }

  get asked(): number {
    return this.#asked;
  }
}
