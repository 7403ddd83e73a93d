/**
 * - `pass`, `fail`: the data decide
 * - `inconclusive`: too few data, or the testbed itself was the limit. Absent is not zero
 * - `skipped`: the target lacks what it takes
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'skipped';

/** Of several: the worst that was judged. All skipped is skipped; nothing at all is inconclusive. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  for (const worst of ['fail', 'inconclusive', 'pass', 'skipped'] as const) if (verdicts.includes(worst)) return worst;
  return 'inconclusive';
}

/** What the process tells its caller. See `docs/adding.md`. */
export const exitCodes = {
  pass: 0,
  crash: 1,
  usage: 2,
  regression: 10,
  faultBar: 11,
  inconclusive: 20,
  environment: 21,
  noBaseline: 30,
  interrupted: 130,
} as const;

/**
 * @param decisive verdicts of the results that count: those of the gateway's own engines in a comparison
 */
export function exitCodeOf(decisive: readonly Verdict[], interrupted: boolean): number {
  if (interrupted) return exitCodes.interrupted;
  const verdict = combine(decisive);
  if (verdict === 'fail') return exitCodes.faultBar;
  return verdict === 'pass' ? exitCodes.pass : exitCodes.inconclusive; // all skipped: no data is not a pass
}
