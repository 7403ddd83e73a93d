import type { Engine, Server } from '../engines/engine.js';
import { nodeEngine } from '../engines/node.js';
import type { Log } from './core.js';
import { describe } from './errors.js';
import { checkOptions, type ServeOptions } from './options.js';
import type { App } from './types.js';

/**
 * Serves `app` until `close()` of what it returns.
 *
 * @throws TypeError, RangeError for wrong arguments, naming them
 * @throws Error with `code` when it cannot listen (EADDRINUSE, EACCES…), or when the engine asked for is not available
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<Server> {
  if (typeof app !== 'function')
    throw new TypeError(`app must be a function (environ, start) => body, got ${describe(app)}`);
  const { engine, ...told } = checkOptions(options);
  const chosen = engine === 'node' ? nodeEngine : ((await loadNative(engine, told.log)) ?? nodeEngine);
  return chosen.listen(app, told);
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
