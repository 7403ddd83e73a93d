import { confirmed, type GateOutcome, gateOutcome, type InconclusivePolicy } from '../gates/outcome.js';
import type { Verdict } from '../gates/verdict.js';
import { faultBarsOf } from './report.js';
import type { Session } from './session.js';

/** All that a gate's verdict follows from. */
export interface Evidence {
  /** The second one confirms, or does not. */
  readonly sessions: readonly Session[];
  /** Of the candidate's fault scenarios. */
  readonly faults: readonly Verdict[];
  readonly interrupted: boolean;
}

/** The same for a gate as it ends and for one that is read from its records. */
export function outcomeOf({ sessions, faults, interrupted }: Evidence, policy: InconclusivePolicy): GateOutcome {
  const [first, second] = sessions;
  const judge = (session: Session | undefined): GateOutcome => judgeSession(session, faults, interrupted, policy);
  return second ? confirmed(judge(first), judge(second)) : judge(first);
}

function judgeSession(
  session: Session | undefined,
  faults: readonly Verdict[],
  interrupted: boolean,
  policy: InconclusivePolicy,
): GateOutcome {
  const { figures = [], controls = [], died = null, cap = 0 } = session ?? {};
  const own = session ? faultBarsOf([session]).map(({ verdict }) => verdict) : [];
  const faultBars: Verdict[] = [
    ...faults,
    ...own.filter((verdict) => verdict !== 'inconclusive'), // no answers: its figures say so
    ...(died?.build === 'cand' ? (['fail'] as const) : []),
  ];
  const baseline = died?.build !== 'base';
  const found = gateOutcome({ figures, faultBars, controls, baseline, interrupted }, policy);
  const short = session !== undefined && cap === 0 && died === null && found.verdict === 'inconclusive';
  return short
    ? { ...found, reasons: ['the time is too short for 12 pairs, which are the fewest that decide', ...found.reasons] }
    : found;
}
