import { UsageError } from './command.js';

/** How many letters must be added, dropped or changed to make `b` of `a`. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/**
 * The elements named in a comma-separated list, in its order.
 *
 * @param kind what they are, for the message: `scenario`
 * @throws UsageError for a name that does not exist, with the nearest ones
 */
export function choose<T extends { readonly name: string }>(
  kind: string,
  words: readonly string[],
  all: readonly T[],
): T[] {
  return words.map((word) => {
    const found = all.find(({ name }) => name === word);
    if (found) return found;
    throw new UsageError(
      `no ${kind} ${JSON.stringify(word)}; ${suggestion(
        word,
        all.map(({ name }) => name),
      )}`,
    );
  });
}

function suggestion(word: string, names: readonly string[]): string {
  const near = names
    .map((name) => ({ name, far: name.includes(word) && word.length > 2 ? 1 : distance(word, name) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there is ${names.join(', ')}`;
}
