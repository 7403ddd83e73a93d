import { constants, createGzip, type Gzip } from 'node:zlib';
import type { App, Body, Chunk, CloseReason, HeaderList, StartResponse } from '../../src/gateway/types.js';

/** Compresses what is streamed, and holds nothing back: a chunk that goes in comes out, flushed. */
export const gzip = (): ((app: App) => App) => (app) => async (environ, start) => {
  if (!/\bgzip\b/.test(environ.headers.get('accept-encoding') ?? '')) return app(environ, start);
  const response = new Compression(start);
  const body = await app(environ, response.start);
  return { [Symbol.asyncIterator]: () => response.compress(body), close: (why) => response.close(body, why) } as Body;
};

class Compression {
  #gzip: Gzip | null = null;
  /** Written ahead of the body (rule 20). */
  #written: Chunk[] = [];
  #out: Buffer[] = [];

  constructor(readonly hostStart: StartResponse) {}

  /** A replaced start function: it passes a failure on, and takes what write() is given (rules 19 and 20). */
  readonly start: StartResponse = (status, headers, failure) => {
    const names = new Set(headers.map(([name]) => name.toLowerCase()));
    const compressible = !/^(?:204|304)/.test(status) && !names.has('content-encoding');
    const given = compressible ? compressed(headers) : headers;
    const write = failure ? this.hostStart(status, given, failure) : this.hostStart(status, given);
    this.#gzip = compressible ? createGzip() : null;
    this.#gzip?.on('data', (bytes: Buffer) => this.#out.push(bytes));
    if (!compressible) return write;
    return (chunk) => this.#written.push(chunk) > 0;
  };

  async *compress(body: Body): AsyncGenerator<Chunk> {
    for await (const chunk of body) {
      const chunks = [...this.#written.splice(0), chunk].filter((each) => each.length > 0);
      if (!this.#gzip) yield chunk;
      else if (chunks.length === 0)
        yield ''; // a value for each value (rule 35)
      else yield await this.#flushed(this.#gzip, chunks);
    }
    if (!this.#gzip) return;
    const rest = this.#written.splice(0);
    if (rest.length) yield await this.#flushed(this.#gzip, rest);
    yield await this.#ended(this.#gzip);
  }

  #flushed(stream: Gzip, chunks: Chunk[]): Promise<Buffer> {
    for (const chunk of chunks) stream.write(chunk);
    return new Promise((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve(this.#taken())));
  }

  #ended(stream: Gzip): Promise<Buffer> {
    return new Promise((resolve) => stream.once('end', () => resolve(this.#taken())).end());
  }

  #taken(): Buffer {
    return Buffer.concat(this.#out.splice(0));
  }

  close(body: Body, why: CloseReason): void | Promise<void> {
    this.#gzip?.destroy();
    return body.close?.(why);
  }
}

function compressed(headers: HeaderList): HeaderList {
  const kept = headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  return [...kept, ['Content-Encoding', 'gzip'], ['Vary', 'Accept-Encoding']];
}
