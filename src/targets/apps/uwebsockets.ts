/** The testbed's application on uWebSockets.js, the path of which is the first argument. */
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { openProbe } from '../../probes/writer.js';
import * as bodies from './bodies.js';
import { producers } from './producers.js';
import { stopWithParent } from './stop.js';

/** The little of it that is used here. */
interface Response {
  writeHeader(name: string, value: string): Response;
  write(chunk: Uint8Array | string): boolean;
  end(body?: Uint8Array | string): Response;
  cork(work: () => void): Response;
  onAborted(listener: () => void): Response;
  onWritable(listener: (offset: number) => boolean): Response;
  onData(listener: (chunk: ArrayBuffer, last: boolean) => void): Response;
}
interface Request {
  getHeader(name: string): string;
}
interface Server {
  any(path: string, answer: (response: Response, request: Request) => void): Server;
  listen(host: string, port: number, done: (socket: unknown) => void): Server;
}
interface Library {
  App(): Server;
  us_socket_local_port(socket: unknown): number;
  us_listen_socket_close(socket: unknown): void;
}

const uws = createRequire(import.meta.url)(process.argv[2]!) as Library;
const probe = openProbe();
const { watched } = producers(probe);
const app = uws.App();
const text = (response: Response): Response => response.writeHeader('content-type', 'text/plain');

app.any('/', (response) => void text(response).end(bodies.hello));
app.any('/memory', (response) => void text(response).end(bodies.memoryReport()));
app.any('/stream', (response) => {
  text(response);
  for (let i = 0; i < bodies.streamChunks; i++) response.write(bodies.streamChunk);
  response.end();
});
for (const [path, pause] of Object.entries({ '/async': () => null, '/tick': turn }))
  app.any(path, (response) => void inTurns(response, pause));
app.any('/fixed', (response, request) => {
  const { tag } = watch(response, request);
  text(response).end(bodies.fixedBody);
  finish(tag);
});
app.any('/silent', (response, request) => void watch(response, request));
for (const [path, make] of Object.entries(watched)) {
  app.any(path, (response, request) => {
    const { tag, signal } = watch(response, request);
    const input = path === '/upload' ? uploaded(response, signal) : nothing();
    void send(response, make({ tag, signal, input }), signal).then(
      () => signal.aborted || finish(tag),
      () => {}, // the client is gone: told below
    );
  });
}

async function inTurns(response: Response, pause: () => unknown): Promise<void> {
  let gone = false;
  response.onAborted(() => {
    gone = true;
  });
  response.cork(() => text(response));
  for (let i = 0; i < bodies.streamChunks; i++) {
    await pause();
    if (gone) return;
    response.cork(() => response.write(bodies.streamChunk));
  }
  response.cork(() => response.end());
}

/** Writes until the socket is full, then waits for `onWritable`; a response is not touched after it was aborted. */
async function send(
  response: Response,
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  let wake = (): void => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  response.onWritable(() => {
    wake();
    return true;
  });
  response.cork(() => text(response));
  for await (const chunk of body) {
    if (signal.aborted) return;
    let full = false;
    response.cork(() => {
      full = !response.write(chunk);
    });
    if (full && !signal.aborted)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (signal.aborted) return;
  }
  if (!signal.aborted) response.cork(() => response.end());
}

function watch(response: Response, request: Request): { tag: string; signal: AbortSignal } {
  const tag = request.getHeader(bodies.tagHeader);
  const gone = new AbortController();
  probe.request(tag);
  response.onAborted(() => {
    probe.gone(tag, 'onAborted');
    gone.abort();
    probe.closed(tag);
  });
  return { tag, signal: gone.signal };
}

function finish(tag: string): void {
  probe.end(tag);
  probe.closed(tag);
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** The request's body as it comes; its buffers are only valid within the call. */
async function* uploaded(response: Response, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const parts: Uint8Array[] = [];
  let last = false;
  let wake = (): void => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  response.onData((chunk, isLast) => {
    parts.push(new Uint8Array(chunk.slice(0)));
    last = isLast;
    wake();
  });
  for (;;) {
    const part = parts.shift();
    if (part) yield part;
    else if (signal.aborted) throw new Error('the client is gone');
    else if (last) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

app.listen('127.0.0.1', 0, (socket) => {
  if (!socket) throw new Error('no port to listen on');
  stopWithParent(async () => uws.us_listen_socket_close(socket));
  probe.ready(uws.us_socket_local_port(socket));
});
