import { fileURLToPath } from 'node:url';
import { ownTarget } from '../targets/own.js';
import { startTelling } from '../targets/script.js';
import type { Target } from '../targets/target.js';

/**
 * This gateway with the application that keeps a book.
 *
 * @param dropFrom the request that loses a chunk: the positive control
 */
export function soakTarget(engine: 'native' | 'node', book: string, dropFrom: string): Target {
  const script = fileURLToPath(new URL('./server.js', import.meta.url));
  return {
    ...ownTarget(engine, `this gateway on the ${engine} engine, with an application that keeps a book`, []),
    start: (options) => startTelling([process.execPath, script, engine, book, dropFrom], options),
  };
}
