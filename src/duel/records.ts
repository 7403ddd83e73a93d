import { decideFigures, type Gated } from '../gates/figures.js';
import type { Build } from '../gates/schedule.js';
import { list, number, oneOf, record, shape, text, whole } from '../reports/check.js';
import type { Costs } from './figures.js';
import type { Session } from './session.js';
import type { SlotResult } from './slot.js';

/**
 * What a session leaves behind as it goes, a line each in `samples.ndjson`. A gate that was killed can be judged from them.
 *
 * - `session`: begins one; what follows with its seed belongs to it
 * - `slot`: one of a pair; the two of a pair share its number
 * - `died`: a build's server did not live through its slot; comes last, or alone when it was in the rehearsal
 */
export type SessionRecord =
  | { readonly type: 'session'; readonly session: number; readonly cap: number; readonly gated: readonly Gated[] }
  | ({ readonly type: 'slot'; readonly session: number; readonly build: Build; readonly pair: number } & SlotResult)
  | { readonly type: 'control'; readonly session: number; readonly cost: number }
  | { readonly type: 'died'; readonly session: number; readonly build: Build; readonly why: string };

const build = oneOf('base', 'cand');
const shapes = {
  session: shape({
    session: whole,
    cap: whole,
    gated: list(shape({ better: oneOf('lower', 'higher'), margin: number })),
  }),
  slot: shape({
    ...{ session: whole, build, pair: whole, costs: record(number) },
    ...{ wrongAnswers: whole, answers: whole, cuts: whole, unnoticed: whole },
  }),
  control: shape({ session: whole, cost: number }),
  died: shape({ session: whole, build, why: text }),
} as const;

/**
 * The sessions of a gate from its records; other lines are passed over, and so is a last one that was not finished.
 *
 * @throws ShapeError naming the line and the member that is wrong
 */
export function sessionsFrom(lines: readonly string[]): Session[] {
  const sessions = new Map<number, Replayed>();
  lines.forEach((line, i) => {
    const found = parsed(line, i === lines.length - 1);
    const check = shapes[found?.type as keyof typeof shapes];
    if (!check) return;
    check(found, `line ${i + 1}`);
    const given = found as SessionRecord;
    if (given.type === 'session') sessions.set(given.session, new Replayed(given.cap, given.gated));
    else {
      const session = sessions.get(given.session) ?? new Replayed(0, []);
      sessions.set(given.session, session);
      session.add(given);
    }
  });
  return [...sessions].map(([seed, session]) => session.finish(seed));
}

function parsed(line: string, last: boolean): { readonly type?: unknown } | null {
  try {
    return JSON.parse(line) as { type?: unknown };
  } catch (error) {
    if (last) return null;
    throw error;
  }
}

class Replayed {
  readonly #costs: Record<Build, Costs[]> = { base: [], cand: [] };
  readonly #controls: number[] = [];
  #died: Session['died'] = null;
  readonly #sums = { wrongAnswers: zero(), answers: zero(), cuts: zero(), unnoticed: zero() };

  constructor(
    readonly cap: number,
    readonly gated: readonly Gated[],
  ) {}

  add(given: Exclude<SessionRecord, { type: 'session' }>): void {
    if (given.type === 'control') {
      this.#controls.push(given.cost);
      return;
    }
    if (given.type === 'died') {
      this.#died = { build: given.build, why: given.why };
      return;
    }
    this.#costs[given.build][given.pair] = given.costs;
    for (const name of counted) this.#sums[name][given.build] += given[name];
  }

  finish(seed: number): Session {
    const { base, cand } = this.#costs;
    const pairs = base.slice(0, Math.min(base.length, cand.length)).map((cost, i) => ({ base: cost, cand: cand[i]! }));
    const { cap, gated } = this;
    const even = pairs.slice(0, pairs.length - (pairs.length % 2));
    const figures = decideFigures(even, gated, cap);
    return { seed, cap, pairs, figures, controls: this.#controls, ...this.#sums, died: this.#died, seconds: 0 };
  }
}

/** What is added up over the slots of a build. */
export const counted = ['wrongAnswers', 'answers', 'cuts', 'unnoticed'] as const;
export const zero = (): Record<Build, number> => ({ base: 0, cand: 0 });
