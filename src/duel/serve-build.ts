/** A process that serves the testbed's application through another build of the gateway: DIRECTORY HALF-CLOSE-POLICY [SPINS]. */
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import type * as halfopen from '../index.js';
import { app, probe } from '../targets/apps/gateway-app.js';
import { stopWithParent } from '../targets/apps/stop.js';

const [directory = '.', onHalfClose = 'abort', perRequestNs = '0', perStreamNs = '0'] = process.argv.slice(2);
// The build finds its own addon beside itself, not the one that the testbed was pointed to.
delete process.env.HALFOPEN_ADDON;
const { serve } = (await import(pathToFileURL(join(directory, 'dist/index.js')).href)) as typeof halfopen;

let sink = 1;
const turn = (times: number): void => {
  for (let i = 0; i < times; i++) sink = (Math.imul(sink, 1103515245) + 12345) | 0;
};

/** Turns a nanosecond: the best of some measurements, after the compiler has had its say. */
function turnsPerNs(): number {
  const turns = 2e6;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const begin = process.hrtime.bigint();
    turn(turns);
    best = Math.min(best, Number(process.hrtime.bigint() - begin));
  }
  return turns / best;
}

/** A slowdown of known size, for the gate's proof of itself. */
function slowed(): halfopen.App {
  const pace = turnsPerNs();
  const [request, stream] = [Number(perRequestNs) * pace, Number(perStreamNs) * pace];
  return (environ, start) => {
    turn(environ.path === '/' ? request : stream);
    return app(environ, start);
  };
}

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

/** For `counters.ts`: what the heap holds now, or after a collection. */
function heap(environ: halfopen.Environ, start: halfopen.StartResponse): string[] {
  if (environ.query === 'collect') globalThis.gc?.();
  start('200 OK', []);
  return [JSON.stringify({ heapUsed: process.memoryUsage().heapUsed, collections })];
}

const slow = Number(perRequestNs) > 0 || Number(perStreamNs) > 0;
const served = slow ? slowed() : app;
const server = await serve(
  (environ, start) => (environ.path === '/gate/heap' ? heap(environ, start) : served(environ, start)),
  {
    engine: 'native',
    port: 0,
    onHalfClose: onHalfClose as halfopen.HalfClosePolicy,
  },
);
stopWithParent(() => server.close({ graceMs: 0 }));
probe.ready(server.port);
