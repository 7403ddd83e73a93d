import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execTarget } from '../targets/exec.js';
import { ownTarget } from '../targets/own.js';
import { startScript } from '../targets/script.js';
import type { Target } from '../targets/target.js';
import { type Build, NoBuild } from './build.js';

/** Extra work that the application does in a slot, to prove that the gate sees it. Nanoseconds. */
export interface Spin {
  readonly perRequestNs: number;
  readonly perStreamNs: number;
}

/** Any server, by the command that starts it in the build's directory. */
export interface ExecService {
  readonly exec: string;
  readonly url: string;
}

/**
 * A build of this gateway under the testbed's application, which is the same on both sides: what differs is the build's own.
 *
 * @throws NoBuild when there is nothing to be served from
 */
export function gatewayOf(build: Build, name: string, spin?: Spin): Target {
  const entry = join(build.directory, 'dist/index.js');
  if (!existsSync(entry)) throw new NoBuild(`${build.label} is not built: ${entry} is missing`);
  if (!existsSync(join(build.directory, 'build/Release')))
    throw new NoBuild(`${build.label} has no addon: build/Release is missing`);
  const spins = spin ? [String(spin.perRequestNs), String(spin.perStreamNs)] : [];
  return {
    ...ownTarget('native', build.label, []),
    name,
    start: (options) =>
      startScript('../../duel/serve-build', [build.directory, options.halfClose ?? 'abort', ...spins], options),
  };
}

/** @throws TypeError for a URL that is not http://host:port/… */
export function serviceOf(build: Build, name: string, { exec, url }: ExecService): Target {
  const command = `cd ${quoted(build.directory)} && ${exec}`;
  return { ...execTarget({ command, url }), name, summary: build.label };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
