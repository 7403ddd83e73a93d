/**
 * What a server of another kind can be asked: the paths of the testbed's application that its app has, and why not the
 * others. A path that nobody thought of is lacking, too.
 */
export function answersOnly(
  paths: readonly string[],
  reasons: Readonly<Record<string, string>> = {},
): (path: string) => string | null {
  return (asked) => {
    const path = asked.replace(/\?.*/, '');
    if (paths.includes(path)) return null;
    return reasons[path] ?? `the target’s application has no ${path}`;
  };
}

/** Everything that a server with asynchronous bodies can be asked. */
export const asyncPaths: readonly string[] = [
  '/',
  '/stream',
  '/async',
  '/tick',
  '/idle',
  '/paced',
  '/finite',
  '/endless',
  '/endless-async',
  '/storm',
  '/storm-told',
  '/storm-then-data',
  '/storm-between',
  '/silent',
  '/upload',
  '/early',
  '/fixed',
  '/memory',
];
