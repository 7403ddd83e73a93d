import type { Outcome } from '../traffic/report.js';
import type { ProbeEvent } from './event.js';

/** What a client knows of one tagged request, whatever the probe says. Nanoseconds; null: it did not come to that. */
export interface Asked {
  readonly tag: string;
  readonly startNs: number | null;
  readonly firstByteNs: number | null;
  /** When the client left of its own accord, before the end. */
  readonly cutNs: number | null;
  /** It read the response to its end. */
  readonly complete: boolean;
  readonly outcome: Outcome;
}

/** What the contract says of a probe, each as a sentence that a server keeps or breaks. */
export const probeRules = {
  tells: 'it tells something',
  lines: 'every line is an event',
  requests: 'each tagged request is told once',
  untagged: 'requests without a tag are not told',
  clock: 'a request is told with the time at which the application was called',
  ends: 'a response read to its end is told as end and closed, and not as gone',
  gone: 'a client that left is told as gone, once, after it left',
  closed: 'what a client that left held is told as closed, once, after gone',
  pulls: 'pulls of one body count up from 1',
} as const;
export type ProbeRule = keyof typeof probeRules;

export interface RuleOutcome {
  readonly rule: ProbeRule;
  readonly wrong: number;
  /** 0: there was nothing to judge it by. */
  readonly of: number;
  /** What the first violation looked like. */
  readonly example: string | null;
}

/** A clock read beside a system call may be this much off. */
const toleranceNs = 200_000;

/**
 * Holds what a probe told against what its clients know.
 *
 * @param rejected lines that were no events
 */
export function checkProbe(
  asked: readonly Asked[],
  events: readonly ProbeEvent[],
  rejected: { readonly count: number; readonly example: string | null },
): RuleOutcome[] {
  const told = new Map<string, ProbeEvent[]>();
  for (const event of events) {
    if (!('tag' in event) || event.tag === '*') continue;
    const list = told.get(event.tag);
    if (list) list.push(event);
    else told.set(event.tag, [event]);
  }
  const known = new Set(asked.map(({ tag }) => tag));
  const of = ({ tag }: Asked, name: ProbeEvent['event']) => (told.get(tag) ?? []).filter(({ event }) => event === name);
  const judge = <T>(rule: ProbeRule, cases: readonly T[], complaint: (each: T) => string | null): RuleOutcome => {
    const complaints = cases.map(complaint).filter((text) => text !== null);
    return { rule, wrong: complaints.length, of: cases.length, example: complaints[0] ?? null };
  };
  const answered = asked.filter(({ firstByteNs }) => firstByteNs !== null);
  const cut = answered.filter(({ cutNs }) => cutNs !== null);
  const seen = [...told.keys()].filter((tag) => tag !== 'probe-check' && !tag.startsWith('clock-'));
  return [
    judge('tells', [events], () => (events.length === 0 ? 'HALFOPEN_PROBE names an empty file' : null)),
    { rule: 'lines', wrong: rejected.count, of: rejected.count + events.length, example: rejected.example },
    judge('requests', answered, (each) => {
      const times = of(each, 'request').length;
      return times === 1 ? null : `${each.tag}: told ${times} times`;
    }),
    judge('untagged', seen, (tag) => (known.has(tag) ? null : `tag ${JSON.stringify(tag)} was never sent`)),
    judge(
      'clock',
      answered.filter((each) => of(each, 'request').length > 0),
      (each) => {
        const { t } = of(each, 'request')[0]!;
        if (t < each.startNs! - toleranceNs) return `${each.tag}: told ${ms(each.startNs! - t)} before it was sent`;
        // Some servers send a head before they call the application: the answer is no bound for those by itself.
        return t > each.firstByteNs! + 1e9 ? `${each.tag}: told ${ms(t - each.firstByteNs!)} after its answer` : null;
      },
    ),
    judge(
      'ends',
      answered.filter(({ complete }) => complete),
      (each) => {
        if (of(each, 'gone').length > 0) return `${each.tag}: told as gone`;
        const [ends, closes] = [of(each, 'end').length, of(each, 'closed').length];
        return ends === 1 && closes === 1 ? null : `${each.tag}: ${ends} × end, ${closes} × closed`;
      },
    ),
    judge('gone', cut, (each) => {
      const [first, ...more] = of(each, 'gone');
      if (!first) return `${each.tag}: never told`;
      if (more.length > 0) return `${each.tag}: told ${1 + more.length} times`;
      return first.t < each.cutNs! - toleranceNs
        ? `${each.tag}: told ${ms(each.cutNs! - first.t)} before it left`
        : null;
    }),
    judge('closed', cut, (each) => {
      const closes = of(each, 'closed');
      if (closes.length !== 1) return `${each.tag}: told ${closes.length} times`;
      const [gone] = of(each, 'gone');
      return gone && closes[0]!.t < gone.t ? `${each.tag}: told ${ms(gone.t - closes[0]!.t)} before gone` : null;
    }),
    judge(
      'pulls',
      asked.filter((each) => of(each, 'pull').length > 0),
      (each) => {
        const pulls = of(each, 'pull').map((event) => (event.event === 'pull' ? event.pulls : 0));
        return pulls.every((pull, i) => pull === i + 1) ? null : `${each.tag}: ${pulls.slice(0, 5).join(', ')}, …`;
      },
    ),
  ];
}

const ms = (ns: number): string => `${(ns / 1e6).toFixed(3)} ms`;
