import { noiseModels } from './noise.js';
import { type Campaign, simulate, type Tally } from './simulate.js';
import { lowerBound, upperBound } from './statistics/clopper-pearson.js';

/** What the gate claims of itself. */
export interface Claim {
  readonly title: string;
  readonly noise: number;
  readonly slowdown: number;
  readonly margin: number;
  /** FAIL is an error at most so often (`false-alarm`), or must come at least so often (`catch`). */
  readonly kind: 'false-alarm' | 'catch';
  readonly share: number;
  /** Noise models for which it is claimed; the others are only reported. */
  readonly models: readonly string[];
}

const all = Object.keys(noiseModels);
/** No rule that mirrors pairs can see well through a rhythm of exactly two pairs; that it raises no alarms is claimed. */
const ordinary = all.filter((model) => model !== 'rhythm');

export const claims: readonly Claim[] = [
  {
    ...{ title: 'the same build twice, 5 % noise', noise: 0.05, slowdown: 0, margin: 0.05 },
    ...{ kind: 'false-alarm', share: 0.01, models: all },
  },
  {
    ...{ title: '5 % slower, 5 % noise', noise: 0.05, slowdown: 0.05, margin: 0.05 },
    ...{ kind: 'catch', share: 0.95, models: ordinary },
  },
  {
    ...{ title: '10 % slower, 10 % noise', noise: 0.1, slowdown: 0.1, margin: 0.1 },
    ...{ kind: 'catch', share: 0.9, models: ordinary },
  },
];

/** The upper bound of false alarms may exceed the claim by so much: with 12,000 gates a share of 1 % is known to ±0.2. */
const slack = 0.002;
/** Few gates cannot prove a claim; they can refute it, and should not do so by chance more than once in thousands of runs. */
const refutation = 0.9999;

export interface Finding {
  readonly claim: Claim;
  readonly model: string;
  readonly tally: Tally;
  /** One-sided 95 % Clopper–Pearson bounds of the share of FAILs. */
  readonly low: number;
  readonly high: number;
  /** `reported`: nothing is claimed for this model. */
  readonly verdict: 'holds' | 'broken' | 'reported';
}

export interface OfflineOptions {
  /** Virtual gates for each claim and noise model. From 12,000 up claims are proved, below they are only not refuted. */
  readonly gates: number;
  readonly seed: number;
  /** Gated together; one of them is slower where a slowdown is to be caught: the hardest case. */
  readonly figures?: number;
}

export const provingGates = 12_000;

/** Every claim under every noise model, one after another. */
export function* selfTest({ gates, seed, figures = 6 }: OfflineOptions): Generator<Finding> {
  for (const claim of claims) {
    for (const model of all) {
      const { noise, slowdown, margin } = claim;
      const campaign: Campaign = { model, noise, slowdown, margin, figures, gates, seed };
      yield judge(claim, model, simulate(campaign));
    }
  }
}

export function judge(claim: Claim, model: string, tally: Tally): Finding {
  const { fail, gates } = tally;
  const [low, high] = [lowerBound(fail, gates), upperBound(fail, gates)];
  if (!claim.models.includes(model)) return { claim, model, tally, low, high, verdict: 'reported' };
  const verdict = (gates >= provingGates ? proved : notRefuted)(claim, fail, gates) ? 'holds' : 'broken';
  return { claim, model, tally, low, high, verdict };
}

function proved({ kind, share }: Claim, fail: number, gates: number): boolean {
  if (kind === 'catch') return lowerBound(fail, gates) >= share;
  return fail / gates <= share && upperBound(fail, gates) <= share + slack;
}

function notRefuted({ kind, share }: Claim, fail: number, gates: number): boolean {
  if (kind === 'catch') return upperBound(fail, gates, refutation) >= share;
  return lowerBound(fail, gates, refutation) <= share;
}
