/**
 * Where a target's program comes from.
 *
 * - `npm-binary`: a package of npm that is unpacked into the cache directory, out of the way of any project
 * - `npm-module`: a package that the project itself has among its (development) dependencies
 * - `debian`: a package of the system, which only its administrator installs
 */
export type Source =
  | { readonly kind: 'npm-binary'; readonly spec: string; readonly folder: string; readonly remark?: string }
  | { readonly kind: 'npm-module'; readonly packages: readonly string[] }
  | { readonly kind: 'debian'; readonly packages: readonly string[] };

/** What someone does to have it, on one line. */
export function advice(name: string, source: Source): string {
  if (source.kind === 'npm-module') return `npm install --save-dev ${source.packages.join(' ')}`;
  return `halfopen targets install ${name}`;
}
