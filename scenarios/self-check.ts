/** Servers that are wrong by known amounts: does the testbed report each amount, under its name and no other? */
import { type BySize, type Known, type KnownFlaw, selfCheck } from 'halfopen/testbed';

const late = (ms: number): KnownFlaw => ({
  name: `notices-${ms}ms-late`,
  flaw: { noticesAfterMs: ms },
  scenario: 'fin-idle',
  expected: () => ({
    known: [time('notice_app_ms{cut:fin} p(50)', ms), time('notice_app_ms{cut:fin} min', ms)],
    breaks: ['notice_app_ms{cut:fin}'],
  }),
});

/** The queue of a stalled reader fills what the bar allows: anything more breaks it. */
const keeps = (kib: number): KnownFlaw => ({
  name: `keeps-${kib}kib`,
  flaw: { keepsBytes: kib * 1024 },
  scenario: 'stalled-reader',
  expected: () => {
    const figure = 'memory_per_reader_kib max';
    return {
      known: [{ figure, is: kib, kind: 'memory', beyond: figure, ofFlawless: true }],
      breaks: ['memory_per_reader_kib'],
    };
  },
});

/** What one body does within the time that the scenario of that size gives it. */
interface Waits {
  readonly gaps: number;
  readonly outside: number;
  readonly latestMs: number;
}

const backsOff = (name: string, factor: number, capMs: number, waits: BySize<Waits>): KnownFlaw => ({
  name: `backs-off-${name}`,
  flaw: { backoff: { firstMs: 1, factor, capMs, jitter: 'none' } },
  scenario: 'backoff-schedule',
  expected: (size) => {
    const { gaps, outside, latestMs } = waits[size];
    return {
      known: [exactly('gaps_outside share', outside / gaps), time('gap_lateness_ms p(98)', latestMs)],
      breaks: ['gaps_outside'],
    };
  },
});

export const flaws: readonly KnownFlaw[] = [
  late(5),
  late(50),
  late(500),
  {
    name: 'never-notices',
    flaw: { neverNotices: true },
    scenario: 'fin-idle',
    expected: () => ({
      known: [exactly('unnoticed{cut:fin} share', 1)],
      breaks: ['unnoticed{cut:fin}'],
      empties: ['notice_app_ms{cut:fin}', 'reason_wrong{cut:fin}'],
    }),
  },
  {
    name: 'notices-before-the-cut',
    flaw: { noticesBefore: 4 },
    scenario: 'fin-idle',
    expected: () => ({
      known: [exactly('false_aborts{cut:fin} share', 1 / 4), exactly('false_aborts{twin:late-fin} count', 0)],
      breaks: ['false_aborts{cut:fin}'],
    }),
  },
  {
    name: 'aborts-the-finished',
    flaw: { abortsFinished: true },
    scenario: 'fin-idle',
    expected: () => ({
      known: [exactly('false_aborts{twin:late-fin} share', 1), exactly('false_aborts{cut:fin} count', 0)],
      breaks: ['false_aborts{twin:late-fin}'],
    }),
  },
  keeps(64),
  keeps(1024),
  {
    name: 'pulls-3-more',
    flaw: { pullsAfterNotice: 3 },
    scenario: 'rst-midstream',
    expected: () => ({
      known: ['min', 'max'].map((each) => exactly(`ignored_pulls ${each}`, 3)),
      breaks: ['ignored_pulls'],
    }),
  },
  // Waits 1, 4, 16, 64, 250, 250, … where 1, 2, 4, 8, 16, 32, 64, 128, 250 are declared: the third to eighth are off.
  backsOff('factor-4-for-2', 4, 250, {
    quick: { gaps: 8, outside: 6, latestMs: 234 },
    default: { gaps: 13, outside: 6, latestMs: 234 },
    full: { gaps: 23, outside: 6, latestMs: 234 },
  }),
  // Waits 1, 2, … 256, 512, 600, 600, …: from the tenth on they are off.
  backsOff('cap-600-for-250', 2, 600, {
    quick: { gaps: 10, outside: 1, latestMs: 262 },
    default: { gaps: 12, outside: 3, latestMs: 350 },
    full: { gaps: 16, outside: 7, latestMs: 350 },
  }),
  {
    name: 'never-starts-anew',
    flaw: { neverStartsAnewMs: 16 },
    scenario: 'empty-between-data',
    // Ten words with three waits behind each: 1 + 2 + 4 + 8 + 26 × 16 ms, where ten times 1 + 2 + 4 are declared.
    expected: () => ({ known: [time('whole_ms p(50)', 431)], breaks: ['whole_over_declared'] }),
  },
  {
    name: 'starves-bystanders-20ms',
    flaw: { delaysBystandersMs: 20 },
    scenario: 'empty-storm',
    expected: () => ({
      known: [{ ...time('bystander_ms{phase:during} p(50)', 20), beyond: 'bystander_ms{phase:before} p(50)' }],
      breaks: ['bystander_ms{phase:during}'],
    }),
  },
  {
    name: 'cuts-half-closed-readers',
    flaw: { cutsHalfClosed: true },
    scenario: 'halfclose-reader',
    expected: () => ({
      known: [exactly('false_aborts{body:paced} share', 1), exactly('false_aborts{body:fixed} count', 0)],
      breaks: ['false_aborts{body:paced}'],
    }),
  },
  {
    name: 'takes-broken-for-whole',
    flaw: { takesBrokenForWhole: true },
    scenario: 'broken-upload',
    // Not by RST: it may overtake the request on its way through the kernel, and then there is nothing to take for whole.
    expected: () => ({
      known: ['fin', 'half-close'].map((how) => exactly(`truncated_as_eof{cut:broken-upload-${how}} share`, 1)),
      breaks: ['truncated_as_eof'],
    }),
  },
];

function time(figure: string, ms: number): Known {
  return { figure, is: ms, kind: 'time' };
}

function exactly(figure: string, is: number): Known {
  return { figure, is, kind: 'count' };
}

export default selfCheck(
  'self-check',
  'Servers that are wrong by known amounts: does the testbed report each amount, under its name and no other?',
  flaws,
);
