import type { RequestHeaders } from './types.js';

/** Header fields parsed on first use from the field lines of a request head. */
export class LazyHeaders implements RequestHeaders {
  #entries: [string, string][] | null = null;
  readonly #lines: () => Iterable<readonly [string, string]>;

  /** @param lines gives name and value of each line; called at most once */
  constructor(lines: () => Iterable<readonly [string, string]>) {
    this.#lines = lines;
  }

  #all(): [string, string][] {
    if (!this.#entries) {
      this.#entries = [];
      for (const [name, value] of this.#lines()) this.#entries.push([name.toLowerCase(), value]);
    }
    return this.#entries;
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase();
    let found: string | null = null;
    // A request has a dozen fields: looking through them costs less than a map of them.
    for (const [each, value] of this.#all()) {
      if (each !== wanted) continue;
      const glue = wanted === 'cookie' ? '; ' : ', '; // RFC 9110 §5.3, RFC 6265 §5.4
      found = found === null ? value : found + glue + value;
    }
    return found;
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    return this.#all().some(([each]) => each === wanted);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#all()
      .map(([name, value]): [string, string] => [name, value])
      .values();
  }
}

/** Splits checked field lines (`Name: value\r\n`…) into names and values without surrounding white space. */
export function* fieldLines(text: string): Generator<[string, string]> {
  let from = 0;
  while (from < text.length) {
    const colon = text.indexOf(':', from);
    const end = text.indexOf('\r\n', colon);
    if (colon < 0 || end < 0) return;
    yield [text.slice(from, colon), trimOws(text.slice(colon + 1, end))];
    from = end + 2;
  }
}

/** Only space and tab surround a value (RFC 9110 §5.5); String.trim would take obs-text bytes too. */
function trimOws(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isOws(value.charCodeAt(from))) from++;
  while (to > from && isOws(value.charCodeAt(to - 1))) to--;
  return value.slice(from, to);
}

function isOws(code: number): boolean {
  return code === 32 || code === 9;
}
