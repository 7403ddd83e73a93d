import { fileURLToPath } from 'node:url';
import { answersOnly } from './lacks.js';
import { peer } from './peer.js';
import { startTelling } from './script.js';
import { advice } from './source.js';
import type { Target } from './target.js';
import { firstLineOf } from './versions.js';

/** A system's packages belong to the system's Python, whatever comes first in PATH. */
const interpreters = ['/usr/bin/python3', 'python3'];

export interface PythonTargetOptions {
  readonly name: string;
  readonly summary: string;
  /** The module that must be importable, and an expression for its version. */
  readonly module: string;
  readonly version: string;
  /** Debian's package. */
  readonly debian: string;
  /** What follows the interpreter, given the directory of the apps. */
  readonly command: (apps: string) => readonly string[];
  readonly paths: readonly string[];
  readonly cannot?: Readonly<Record<string, string>>;
}

/** The apps are not compiled: the same distance from src/ and from dist/. */
export const pythonApps = fileURLToPath(new URL('../../src/targets/apps/python', import.meta.url));

/** A server for Python, with an app file of its own under `src/targets/apps/python`. */
export function pythonTarget(given: PythonTargetOptions): Target {
  const { name, summary, module, debian } = given;
  const source = { kind: 'debian', packages: [debian] } as const;
  const asked = (interpreter: string): string | null =>
    firstLineOf(
      interpreter,
      '-c',
      `import ${module}, sys; print(${given.version}, "on Python", sys.version.split()[0])`,
    );
  const interpreter = (): string | undefined => interpreters.find((each) => asked(each) !== null);
  return {
    ...peer,
    name,
    summary,
    source,
    version() {
      const found = interpreter();
      return found === undefined ? null : `${module} ${asked(found)}`;
    },
    lacks: answersOnly(given.paths, given.cannot),
    unavailable: () =>
      interpreter() === undefined ? `no Python here can import ${module} (${advice(name, source)})` : null,
    start: (options) =>
      startTelling([interpreter()!, ...given.command(pythonApps)], options, {
        PYTHONPATH: pythonApps,
        PYTHONDONTWRITEBYTECODE: '1',
      }),
  };
}
