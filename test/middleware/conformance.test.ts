import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkMiddleware, type Wrapper } from '../../src/adapters/middleware-check.js';
import type { Body, Chunk } from '../../src/gateway/types.js';
import { accessLog } from './access-log.js';
import { gzip } from './gzip.js';
import { timeout } from './timeout.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const unzip = (bytes: Uint8Array) => gunzipSync(bytes).toString();

describe('rule 35: middleware that conforms', () => {
  const nothing: Wrapper = (app) => app;
  it('that does nothing', async () => {
    expect(await checkMiddleware(nothing, { decode: text })).toEqual([]);
  });
  it('access log', async () => {
    const lines: string[] = [];
    expect(
      await checkMiddleware(
        accessLog((line) => void lines.push(line)),
        { decode: text },
      ),
    ).toEqual([]);
    expect(lines.some((line) => line.includes('client-fin'))).toBe(true);
  });
  it('gzip', async () => {
    const headers = [['Accept-Encoding', 'gzip']] as const;
    expect(await checkMiddleware(gzip(), { headers, decode: unzip })).toEqual([]);
    expect(await checkMiddleware(gzip(), { decode: text })).toEqual([]);
  });
  it('timeout', async () => {
    expect(await checkMiddleware(timeout(1000), { decode: text })).toEqual([]);
  });
});

describe('rule 35: middleware that does not', () => {
  const over =
    (change: (body: Body) => Body): Wrapper =>
    (app) =>
    async (environ, start) =>
      change(await app(environ, start));
  const relay = (body: Body, each: (chunk: Chunk) => Chunk[]) =>
    (async function* () {
      for await (const chunk of body) yield* each(chunk);
    })();
  const closing = (body: Body, made: AsyncIterable<Chunk>) =>
    Object.assign(made, { close: (why: never) => body.close?.(why) }) as Body;

  async function rules(wrap: Wrapper): Promise<number[]> {
    const found = await checkMiddleware(wrap, { decode: text, deadlineMs: 150 });
    return [...new Set(found.map(({ rule }) => rule))].sort((a, b) => a - b);
  }

  it('swallows empty chunks', async () => {
    expect(
      await rules(
        over((body) =>
          closing(
            body,
            relay(body, (chunk) => (chunk.length ? [chunk] : [])),
          ),
        ),
      ),
    ).toEqual([35]);
  });
  it('forgets close()', async () => {
    expect(await rules(over((body) => relay(body, (chunk) => [chunk])))).toContain(1);
  });
  it('calls close() twice', async () => {
    const twice = over((body) =>
      Object.assign(
        relay(body, (chunk) => [chunk]),
        { close: (why: never) => [body.close?.(why), body.close?.(why)] as never },
      ),
    );
    expect(await rules(twice)).toContain(1);
  });
  it('closes for a reason of its own', async () => {
    const own = over((body) =>
      Object.assign(
        relay(body, (chunk) => [chunk]),
        { close: () => body.close?.({ kind: 'done' }) },
      ),
    );
    expect(await rules(own)).toEqual([11]);
  });
  it('collects the whole body first', async () => {
    const collect = over((body) =>
      closing(
        body,
        (async function* () {
          const chunks: Chunk[] = [];
          for await (const chunk of body) {
            chunks.push(chunk);
            if (chunks.length > 100) break;
          }
          yield* chunks;
        })(),
      ),
    );
    expect(await rules(collect)).toContain(35);
  });
  it('drops the failure of start()', async () => {
    const drops: Wrapper = (app) => (environ, start) => {
      let first: ReturnType<typeof start> | null = null;
      return app(environ, (status, headers) => {
        first ??= start(status, headers);
        return first;
      });
    };
    expect(await rules(drops)).toContain(19);
  });
  it('calls the application twice', async () => {
    const twice: Wrapper = (app) => (environ, start) => {
      app(environ, () => () => true);
      return app(environ, start);
    };
    expect(await rules(twice)).toContain(35);
  });
  it('turns an error into an end', async () => {
    const hides = over((body) =>
      closing(
        body,
        (async function* () {
          try {
            for await (const chunk of body) yield chunk;
          } catch {
            // as if nothing had been
          }
        })(),
      ),
    );
    expect(await rules(hides)).toEqual([21]);
  });
  it('alters what it should not', async () => {
    expect(
      await rules(
        over((body) =>
          closing(
            body,
            relay(body, (chunk) => [chunk, 'x']),
          ),
        ),
      ),
    ).toContain(35);
  });
  it('hangs', async () => {
    const hangs: Wrapper = (app) => async (environ, start) => {
      await app(environ, start);
      return new Promise<Body>(() => {});
    };
    expect(await rules(hangs)).toContain(35);
  });
});
