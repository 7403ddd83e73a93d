import type { Engine, Server } from '../engines/engine.js';
import { nodeEngine } from '../engines/node.js';
import type { Log } from './core.js';
import { describe } from './errors.js';
import { checkOptions, type ServeOptions } from './options.js';
import type { App, FetchHandler } from './types.js';

/** An object with a Fetch handler, e.g. a Hono app. */
export interface FetchApp {
  fetch: FetchHandler;
}

/**
 * Serves `app` until `close()` of what it returns.
 *
 * @throws TypeError, RangeError for wrong arguments, naming them
 * @throws Error with `code` when it cannot listen (EADDRINUSE, EACCES…), or when the engine asked for is not available
 */
export async function serve(app: App | FetchApp, options: ServeOptions = {}): Promise<Server> {
  if (typeof app !== 'function' && typeof app?.fetch !== 'function')
    throw new TypeError(
      `app must be a function (environ, start) => body, or an object with a fetch method, got ${describe(app)}`,
    );
  const { engine, metricsPort, ...told } = checkOptions(options);
  const chosen = engine === 'node' ? nodeEngine : ((await loadNative(engine, told.log)) ?? nodeEngine);
  const server = await chosen.listen(typeof app === 'function' ? app : await fetchApplication(app), told);
  if (metricsPort === undefined) return server;
  const { withMetrics } = await import('../metrics/server.js');
  return withMetrics(server, told.host, metricsPort);
}

/** Loaded only where it is wanted. */
async function fetchApplication(app: FetchApp): Promise<App> {
  const { fromFetch } = await import('../adapters/fetch.js');
  return fromFetch((request, info) => app.fetch(request, info));
}

/** @returns null: the node engine has to do */
async function loadNative(wanted: 'auto' | 'native', log: Log): Promise<Engine | null> {
  let why: string | null;
  try {
    // Loaded only where it is wanted: a .node file is not free.
    const { nativeEngine, nativeUnavailable } = await import('../engines/native.js');
    const engine = nativeEngine();
    if (engine) return engine;
    why = nativeUnavailable();
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  if (wanted === 'native') throw new Error(`the native engine is not available: ${why ?? 'unknown reason'}`);
  if (!told) log.info(`the native engine is not available (${why ?? 'unknown reason'}); the node engine serves`);
  told = true;
  return null;
}

let told = false;
