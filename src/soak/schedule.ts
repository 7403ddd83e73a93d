import type { Phase } from '../traffic/cohort.js';

/** One bout of faults, in which every kind has its turn. */
export const boutMs = 10_000;

/** What follows one another in a soak. */
export type StretchName =
  /** A server that has nothing to do but answer the healthy. */
  | 'empty'
  /** The idle and the streams come. */
  | 'arriving'
  /** All of them are there, and nobody misbehaves: what the healthy are measured against. */
  | 'quiet'
  /** Faults and bad input as well. */
  | 'during'
  /** The last faults time out. */
  | 'leaving';

/** Ends when the next one begins; milliseconds since the beginning of the soak. */
export interface Stretch extends Phase {
  readonly name: StretchName;
  readonly fromMs: number;
}

/** A stretch of faults that is followed by quiet: so many bouts, and a little for the moments between them. */
function waveOf(bouts: number): readonly (readonly [StretchName, number])[] {
  return [
    ['during', bouts * (boutMs + 400)],
    ['leaving', 6000],
    ['quiet', bouts * 2000],
  ];
}
const fewestBouts = 5;
/** Waves are longer in a soak of hours. */
const mostWaves = 100;

/**
 * Quiet comes again and again between the faults: a machine is faster in one minute than in another, and a heap that is ten minutes
 * old is not what it was, so what is compared has to be of the same time.
 */
export function scheduleOf(seconds: number): Stretch[] {
  const share = (part: number, mostMs: number) => Math.min(mostMs, seconds * 1000 * part);
  const plan: [StretchName, number][] = [
    ['empty', share(0.1, 10_000)],
    ['arriving', share(0.1, 7000)],
    ['quiet', share(0.2, 30_000)],
  ];
  let leftMs = seconds * 1000 - plan.reduce((sum, [, ms]) => sum + ms, 0);
  const wave = waveOf(Math.max(fewestBouts, Math.ceil(leftMs / mostWaves / boutMs)));
  const waveMs = wave.reduce((sum, [, ms]) => sum + ms, 0);
  for (; leftMs > waveMs + boutMs; leftMs -= waveMs)
    plan.push(...wave.map(([name, ms]): [StretchName, number] => [name, ms]));
  plan.push(['during', leftMs]);
  let fromMs = 0;
  return plan.map(([name, ms]) => {
    const stretch = { name, fromMs, untilMs: fromMs + ms };
    fromMs += ms;
    return stretch;
  });
}
