import { type NoiseModel, noiseModels } from './noise.js';
import { randomFrom } from './random.js';
import { schedule } from './schedule.js';
import { decide, type FigureDecision, type Look, lookAt, looksOf, type Rule, ruleFor } from './sequential.js';

/** Many virtual gates of one kind. */
export interface Campaign {
  readonly model: string;
  /** Deviation of one slot, as a share. */
  readonly noise: number;
  /** By how much the first figure of the candidate is slower, as a share; 0: the builds are the same. */
  readonly slowdown: number;
  /** Smallest slowdown that matters, as a share. */
  readonly margin: number;
  /** Gated together; each has noise of its own, which is the worst case for false alarms. */
  readonly figures: number;
  readonly gates: number;
  readonly seed: number;
}

export interface Tally {
  readonly gates: number;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  /** Mean number of pairs until the gate knew. */
  readonly pairs: number;
}

/** Runs a campaign; the same seed gives the same tally. */
export function simulate({ model, noise, slowdown, margin, figures, gates, seed }: Campaign): Tally {
  const add = noiseModels[model];
  if (!add) throw new RangeError(`no noise model ${JSON.stringify(model)}`);
  const rule = ruleFor(figures, margin);
  const looks = looksOf(rule);
  const counts = { pass: 0, fail: 0, inconclusive: 0 };
  let pairs = 0;
  for (let gate = 0; gate < gates; gate++) {
    const decided = virtualGate(add, { noise, slowdown, figures, seed: seed * 1e6 + gate }, rule, looks);
    counts[decided.verdict]++;
    pairs += decided.pairs;
  }
  return { gates, ...counts, pairs: pairs / gates };
}

interface Virtual {
  readonly noise: number;
  readonly slowdown: number;
  readonly figures: number;
  readonly seed: number;
}

/** One gate without servers: the same schedule, looks and rule as a real one, and costs from a noise model. */
function virtualGate(add: NoiseModel, { noise, slowdown, figures, seed }: Virtual, rule: Rule, looks: readonly Look[]) {
  const random = randomFrom(seed);
  const order = schedule(Math.floor(random() * 2 ** 32), lookAt.at(-1)!);
  const decisions: FigureDecision[] = [];
  for (let figure = 0; figure < figures; figure++) {
    const costOf = add(random, noise);
    const worse = figure === 0 ? Math.log1p(slowdown) : 0;
    const differences = new Array<number>(lookAt.at(-1)!).fill(0);
    order.forEach((slot, at) => {
      const before = order[at - 1];
      const second = slot.kind === 'build' && before?.kind === 'build' && before.pair === slot.pair;
      const cost = costOf({ at, slots: order.length, second });
      if (slot.kind === 'build') differences[slot.pair]! += slot.build === 'cand' ? cost + worse : -cost;
    });
    decisions.push(decide(differences, rule, looks));
  }
  return together(decisions);
}

/** The gate ends with the first figure that fails, or when the last one is decided. */
function together(decisions: readonly FigureDecision[]): { verdict: 'pass' | 'fail' | 'inconclusive'; pairs: number } {
  const failed = decisions.filter(({ verdict }) => verdict === 'fail');
  if (failed.length > 0) return { verdict: 'fail', pairs: Math.min(...failed.map(({ pairs }) => pairs)) };
  const verdict = decisions.every((each) => each.verdict === 'pass') ? 'pass' : 'inconclusive';
  return { verdict, pairs: Math.max(...decisions.map(({ pairs }) => pairs)) };
}
