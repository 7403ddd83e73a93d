import { connect, type Socket } from 'node:net';
import type { ClientEnd, ClientEntry } from '../ledger/books.js';
import { ChunkReader } from '../ledger/chunk.js';
import { BodyReader } from './body-reader.js';
import { idField } from './ledger-app.js';

/** A connection that asks one request after the other and keeps the client's book on them. */
export class ChunkClient {
  readonly entries: ClientEntry[] = [];
  readonly #port: number;
  #socket: Socket | null = null;
  #now: {
    readonly id: string;
    readonly body: BodyReader;
    readonly chunks: ChunkReader;
    done(end: ClientEnd): void;
  } | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  #earlierChunks = 0;

  /** Whole chunks of all requests so far. */
  get totalChunks(): number {
    return this.#earlierChunks + this.chunks;
  }

  /** Whole chunks of the request under way. */
  get chunks(): number {
    return this.#now?.chunks.chunks ?? 0;
  }

  /**
   * @param target e.g. `/chunks?count=10`
   * @returns how it ended, when it has; never rejects
   */
  ask(id: string, target: string): Promise<ClientEnd> {
    const socket = this.#socket ?? this.#open();
    return new Promise((resolve) => {
      const chunks = new ChunkReader(id);
      const body = new BodyReader((text) => chunks.take(text));
      const done = (end: ClientEnd): void => {
        this.#earlierChunks += chunks.chunks;
        this.#now = null;
        const cut = end === 'complete' && chunks.unfinished ? ['the last chunk is cut'] : [];
        this.entries.push({ id, end, chunks: chunks.chunks, wrong: [...chunks.wrong, ...cut] });
        resolve(end);
      };
      this.#now = { id, body, chunks, done };
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n${idField}: ${id}\r\n\r\n`);
    });
  }

  /** Breaks off what is under way: by RST, or by FIN. */
  leave(how: 'rst' | 'fin' = 'fin'): void {
    const [socket, now] = [this.#socket, this.#now];
    this.#socket = null;
    if (how === 'rst') socket?.resetAndDestroy();
    else socket?.destroy();
    now?.done('left');
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#closed(socket));
    return socket;
  }

  #take(text: string): void {
    const now = this.#now;
    if (now === null) return;
    const closes = now.body.take(text);
    if (now.body.state === 'whole') {
      if (closes) this.#drop();
      now.done('complete');
    } else if (now.body.state === 'malformed') {
      this.#drop();
      now.done('truncated');
    }
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#now?.done(this.#now.body.state === 'head' ? 'unanswered' : 'truncated');
  }
}
