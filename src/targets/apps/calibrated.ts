/**
 * A process that serves the testbed's application through the gateway, and gets one thing wrong by a known amount:
 * the FLAW, as JSON. What it tells its probe is what it does.
 */
import { DEFAULT_BACKOFF, delayAfter } from '../../gateway/backoff.js';
import { serve } from '../../gateway/serve.js';
import type { App, Chunk, HalfClosePolicy } from '../../gateway/types.js';
import type { Flaw } from '../flaws.js';
import * as bodies from './bodies.js';
import { app, probe } from './gateway-app.js';
import { after, stayAwake } from './precise.js';
import { stopWithParent } from './stop.js';

const [given = '{}', onHalfClose = 'abort'] = process.argv.slice(2);
const flaw = JSON.parse(given) as Flaw;
const right = { ...probe };
let serveWrongly = app;

if (flaw.noticesAfterMs !== undefined) noticeLate(flaw.noticesAfterMs);
if (flaw.neverNotices) probe.gone = () => {};
if (flaw.noticesBefore !== undefined) noticeBefore(flaw.noticesBefore);
if (flaw.abortsFinished) abortFinished();
if (flaw.pullsAfterNotice !== undefined) goOn(flaw.pullsAfterNotice);
if (flaw.keepsBytes !== undefined) serveWrongly = keep(flaw.keepsBytes);
if (flaw.delaysBystandersMs !== undefined) serveWrongly = delayBystanders(flaw.delaysBystandersMs);
if (flaw.neverStartsAnewMs !== undefined) serveWrongly = neverStartAnew(flaw.neverStartsAnewMs);
if (flaw.takesBrokenForWhole) probe.input = (tag, _state, bytes) => right.input(tag, 'eof', bytes);

/** The application learns of a cut so much later than the gateway did, and is closed later, too. */
function noticeLate(ms: number): void {
  const late = new Set<string>();
  stayAwake();
  probe.gone = (tag, reason) => {
    late.add(tag);
    after(ms, () => right.gone(tag, reason));
  };
  probe.closed = (tag) => {
    if (late.delete(tag)) after(ms, () => right.closed(tag));
    else right.closed(tag);
  };
}

/** One in so many silent streams is told that its client has gone, while it is still there. */
function noticeBefore(oneIn: number): void {
  let streams = 0;
  const told = new Set<string>();
  serveWrongly = (environ, start) => {
    const tag = environ.headers.get(bodies.tagHeader) ?? '';
    const body = app(environ, start);
    if (environ.path === '/idle' && ++streams % oneIn === 0) {
      told.add(tag);
      right.gone(tag, 'client-fin');
    }
    return body;
  };
  probe.gone = (tag, reason) => {
    if (!told.delete(tag)) right.gone(tag, reason);
  };
}

function abortFinished(): void {
  probe.end = (tag) => {
    right.end(tag);
    right.gone(tag, 'client-fin');
  };
}

/** A producer that hears that its client has gone, and makes so many chunks more. */
function goOn(pulls: number): void {
  const made = new Map<string, number>();
  probe.pull = (tag, count) => {
    made.set(tag, count);
    right.pull(tag, count);
  };
  probe.gone = (tag, reason) => {
    right.gone(tag, reason);
    const before = made.get(tag) ?? 0;
    for (let i = 1; i <= pulls; i++) after(i * bodies.pacedEveryMs, () => right.pull(tag, before + i));
  };
}

/** Every producer that never ends holds so many bytes, which it has written. */
function keep(bytes: number): App {
  const kept = new Set<Buffer>();
  return (environ, start) => {
    if (environ.path === '/endless') {
      const memory = Buffer.alloc(bytes, 1);
      kept.add(memory);
      environ.signal.addEventListener('abort', () => kept.delete(memory), { once: true });
    }
    return app(environ, start);
  };
}

/** While silent applications storm, everybody else waits so much longer. */
function delayBystanders(ms: number): App {
  let storms = 0;
  return (environ, start) => {
    if (environ.path === '/storm') {
      storms++;
      environ.signal.addEventListener('abort', () => storms--, { once: true });
    }
    if (environ.path !== '/' || storms === 0) return app(environ, start);
    start('200 OK', [['content-type', 'text/plain']]);
    return (async function* (): AsyncIterable<Chunk> {
      await new Promise<void>((resolve) => after(ms, resolve));
      yield bodies.hello;
    })();
  };
}

/** The waits of all silences of one stream are one row: 1, 2, 4, … up to the cap, and then the cap. */
function neverStartAnew(capMs: number): App {
  return (environ, start) => {
    if (environ.path !== '/storm-between') return app(environ, start);
    start('200 OK', [['content-type', 'text/plain']]);
    return (async function* (): AsyncIterable<Chunk> {
      let waits = 0;
      for (let word = 0; word < bodies.finiteChunks; word++) {
        yield bodies.streamChunk;
        for (let empties = 0; empties < bodies.emptiesBetween; empties++) {
          const ms = Math.min(capMs, delayAfter(DEFAULT_BACKOFF, ++waits, 0));
          await new Promise<void>((resolve) => after(ms, resolve));
        }
      }
    })();
  };
}

const server = await serve(serveWrongly, {
  // Whole milliseconds throughout, where the native engine's wheel would round long waits to four.
  engine: flaw.backoff ? 'node' : 'native',
  port: 0,
  onHalfClose: flaw.cutsHalfClosed ? 'abort' : (onHalfClose as HalfClosePolicy),
  ...(flaw.backoff ? { backoff: flaw.backoff } : {}),
});
stopWithParent(() => server.close({ graceMs: 0 }));
probe.ready(server.port);
