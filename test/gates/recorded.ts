import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatedFigures } from '../../src/duel/figures.js';
import type { SessionRecord } from '../../src/duel/records.js';
import { normals, randomFrom } from '../../src/gates/random.js';
import type { GateSummary, Result, RunReport } from '../../src/reports/model.js';
import { sample } from '../reports/sample.js';

export interface Recorded {
  readonly pairs?: number;
  /** What the candidate is slower by, in each session. */
  readonly slowdowns?: readonly number[];
  readonly noise?: number;
  readonly controlNoise?: number;
  readonly wrongAnswers?: number;
  readonly faults?: readonly Result['verdict'][];
  readonly interrupted?: boolean;
  readonly died?: 'base' | 'cand';
  readonly counts?: GateSummary['counts'];
}

const gate: GateSummary = { verdict: 'inconclusive', reasons: [], baseline: 'main', candidate: '.', sessions: [] };

/** The results of a gate as it leaves them, with slots of known cost. */
export function recordGate(directory: string, what: Recorded = {}): string {
  const { slowdowns = [0], faults = [], interrupted = false } = what;
  mkdirSync(directory, { recursive: true });
  const scenario = { name: 'fin-idle', group: 'dropped-client', question: 'When?' };
  const run: RunReport = {
    ...sample,
    interrupted,
    verdict: 'inconclusive',
    exitCode: 20,
    targets: [
      { name: 'baseline', role: 'control', summary: 'main' },
      { name: 'candidate', role: 'own', summary: '.' },
    ],
    scenarios: [scenario],
    results: faults.map((verdict) => ({ ...sample.results[2]!, scenario: 'fin-idle', target: 'candidate', verdict })),
    gate: what.counts ? { ...gate, counts: what.counts } : gate,
  };
  writeFileSync(join(directory, 'run.json'), JSON.stringify(run));
  const lines = slowdowns
    .flatMap((slowdown, i) => recordsOf(i + 1, slowdown, what))
    .map((each) => JSON.stringify(each));
  writeFileSync(join(directory, 'samples.ndjson'), `${['{"type":"client"}', ...lines].join('\n')}\n`);
  return directory;
}

function recordsOf(session: number, slowdown: number, what: Recorded): SessionRecord[] {
  const { pairs = 64, noise = 0.01, controlNoise = 0.01, wrongAnswers = 0 } = what;
  const normal = normals(randomFrom(session));
  const cost = (deviation: number): number => Math.exp(deviation * normal());
  const gated = gatedFigures.map(({ name, better }) => ({ name, better, margin: 0.05 }));
  const slot = (build: 'base' | 'cand', pair: number): SessionRecord => ({
    ...{ type: 'slot', session, build, pair, answers: 1000, cuts: 100, unnoticed: 0 },
    wrongAnswers: build === 'cand' && pair === 0 ? wrongAnswers : 0,
    costs: Object.fromEntries(
      gatedFigures.map(({ name, better }) => {
        const factor = build === 'cand' && better === 'lower' ? 1 + slowdown : 1;
        return [name, 10 * factor * cost(noise)];
      }),
    ),
  });
  return [
    { type: 'session', session, cap: 64, gated },
    ...Array.from({ length: pairs }, (_, pair): SessionRecord[] => [
      ...(pair % 4 === 0 ? [{ type: 'control', session, cost: 20 * cost(controlNoise) } as const] : []),
      slot('base', pair),
      slot('cand', pair),
    ]).flat(),
    ...(what.died ? [{ type: 'died', session, build: what.died, why: 'ended by SIGSEGV' } as const] : []),
  ];
}
