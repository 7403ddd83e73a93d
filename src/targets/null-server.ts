import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startScript } from './script.js';
import type { RunningTarget, StartOptions } from './target.js';

/**
 * Starts a server that sends `response` for every request, and does nothing else: whatever the load generator gets from
 * it is what the load generator can do.
 */
export function startNullServer(response: Uint8Array, options: StartOptions): Promise<RunningTarget> {
  const file = join(options.directory, 'response');
  writeFileSync(file, response);
  return startScript('null-server', [file], options);
}
