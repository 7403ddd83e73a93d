import { answersOnly, asyncPaths } from './lacks.js';
import { peer } from './peer.js';
import { startScript } from './script.js';
import { advice } from './source.js';
import type { Target } from './target.js';
import { moduleVersion } from './versions.js';

export interface ModuleTargetOptions {
  readonly name: string;
  readonly summary: string;
  /** What its app imports; the first one is the framework. */
  readonly packages: readonly string[];
  /** Paths of the testbed's application that it cannot answer, with the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
}

/** A framework for Node.js that is measured when the project has it. Its app is the script of the same name. */
export function moduleTarget({ name, summary, packages, cannot = {} }: ModuleTargetOptions): Target {
  const source = { kind: 'npm-module', packages } as const;
  const paths = asyncPaths.filter((path) => !Object.hasOwn(cannot, path));
  return {
    ...peer,
    name,
    summary,
    source,
    nodeVersion: () => process.version,
    version: () => `${packages.map((each) => `${each} ${moduleVersion(each)}`).join(', ')} on Node ${process.version}`,
    lacks: answersOnly(paths, cannot),
    unavailable() {
      const missing = packages.filter((each) => moduleVersion(each) === null);
      if (missing.length === 0) return null;
      return `${missing.join(' and ')} cannot be imported here (${advice(name, source)})`;
    },
    start: (options) => startScript(name, [], options),
  };
}
