/** Which rules of the contract a test's name speaks of, on which engines, for which way of writing an application. */

export const RULES = 37;
export const ENGINES = ['native', 'node'] as const;
export type Engine = (typeof ENGINES)[number];

/** Ways of writing an application, and the words in a test's name that tell them. */
export const STYLES = {
  sync: /\bsync (body|app|storm)|sync generator|\bgenerator\b/,
  async: /async (body|app|generator|iterable)/,
  write: /write\(\)/,
  channel: /channel|put\(\)/,
  pause: /pause|resume/,
  fetch: /fetch|Hono|Request\b|Response\b/,
} as const;
export type Style = keyof typeof STYLES;

export interface Proof {
  readonly rules: readonly number[];
  readonly engines: readonly Engine[];
  readonly styles: readonly Style[];
}

/** `… > rules 3, 23: a HEAD request…` → [3, 23]; also `rules 1 to 4` and `rules 2 and 5`. */
export function rulesOf(name: string): number[] {
  const found = new Set<number>();
  for (const [, list] of name.matchAll(/\brules? ((?:\d+(?:, | and | to )?)+)/g)) {
    for (const [, from, to] of list!.matchAll(/(\d+)(?: to (\d+))?/g))
      for (let rule = Number(from); rule <= Number(to ?? from); rule++) found.add(rule);
  }
  return [...found].filter((rule) => rule >= 1 && rule <= RULES);
}

/** A test that names no engine concerns both. */
export function proofOf(name: string): Proof {
  const named = ENGINES.filter((engine) => new RegExp(`\\b${engine} engine`).test(name));
  const styles = (Object.keys(STYLES) as Style[]).filter((style) => STYLES[style].test(name));
  return { rules: rulesOf(name), engines: named.length ? named : [...ENGINES], styles };
}

/** Tests by rule and engine. */
export class Coverage {
  /** @param tested engines that could be tested here */
  constructor(readonly tested: readonly Engine[] = ENGINES) {}

  readonly #counts = new Map<string, number>();
  readonly #styles = new Map<number, Set<Style>>();

  add(name: string): void {
    const { rules, engines, styles } = proofOf(name);
    for (const rule of rules) {
      for (const engine of engines.filter((each) => this.tested.includes(each)))
        this.#counts.set(`${rule} ${engine}`, this.count(rule, engine) + 1);
      const known = this.#styles.get(rule) ?? new Set();
      for (const style of styles) known.add(style);
      this.#styles.set(rule, known);
    }
  }

  count(rule: number, engine: Engine): number {
    return this.#counts.get(`${rule} ${engine}`) ?? 0;
  }

  /** Rules that lack a test on an engine that could be tested. */
  missing(): number[] {
    return all.filter((rule) => this.tested.some((engine) => this.count(rule, engine) === 0));
  }

  table(): string {
    const rows = all.map((rule) => {
      const counts = ENGINES.map((engine) => String(this.count(rule, engine) || '–').padStart(8)).join('');
      return `${String(rule).padStart(6)}${counts}   ${[...(this.#styles.get(rule) ?? [])].join(' ')}`;
    });
    return [`  rule${ENGINES.map((engine) => engine.padStart(8)).join('')}   styles named`, ...rows].join('\n');
  }
}

const all = Array.from({ length: RULES }, (_, i) => i + 1);
