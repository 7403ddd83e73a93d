import { noiseModels } from '../gates/noise.js';
import { claims, type Finding, provingGates, selfTest } from '../gates/offline.js';
import { exitCodes } from '../gates/verdict.js';
import { palette, table } from '../reports/text.js';
import { UsageError } from './command.js';
import { duration } from './duration.js';
import { rewritable, takesColour } from './progress.js';

const quickGates = 500;
/** Whoever waits longer is told how long. */
const sayEveryMs = 2000;
const campaigns = claims.length * Object.keys(noiseModels).length;

export interface OfflineFlags {
  readonly gates?: string | undefined;
  readonly quick?: boolean | undefined;
  readonly seed: number;
}

/** Thousands of virtual gates with known outcome; no server is started. @returns the exit code */
export function proveOffline({ gates: wanted, quick, seed }: OfflineFlags): number {
  if (quick && wanted !== undefined) throw new UsageError('--quick and --gates exclude each other');
  const gates = quick ? quickGates : readCount('--gates', wanted ?? String(provingGates));
  const findings: Finding[] = [];
  const begin = performance.now();
  let said = begin;
  const rewrites = rewritable(process.stderr);
  for (const finding of selfTest({ gates, seed })) {
    findings.push(finding);
    const now = performance.now();
    if (now - said < sayEveryMs) continue;
    said = now;
    const left = duration((((now - begin) / findings.length) * (campaigns - findings.length)) / 1000);
    const line = `${findings.length} of ${campaigns} campaigns, about ${left} left`;
    process.stderr.write(rewrites ? `\r\u001b[K${line}` : `${line}\n`);
  }
  if (rewrites && said > begin) process.stderr.write('\r\u001b[K');
  console.log(render(findings, gates, seed));
  return findings.some(({ verdict }) => verdict === 'broken') ? exitCodes.regression : exitCodes.pass;
}

/** @throws UsageError */
export function readCount(flag: string, text: string, least = 1): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < least)
    throw new UsageError(`${flag} takes a whole number from ${least} up, got ${text}`);
  return count;
}

function render(findings: readonly Finding[], gates: number, seed: number): string {
  const paint = palette(takesColour(process.stdout));
  const broken = findings.filter(({ verdict }) => verdict === 'broken').length;
  const word = gates < provingGates ? 'NOT REFUTED' : 'HOLDS';
  const lines = [
    `${broken > 0 ? paint.bad('BROKEN') : paint.good(word)}  ${gates} virtual gates each, 6 figures a gate, seed ${seed}`,
  ];
  for (const claim of new Set(findings.map((finding) => finding.claim))) {
    const wanted = `FAIL in ${claim.kind === 'catch' ? '≥' : '≤'} ${percent(claim.share)}`;
    const header = [claim.title, 'FAIL', '95 % bounds', 'PASS', 'undecided', 'pairs', wanted];
    const rows = findings.filter((finding) => finding.claim === claim).map(row);
    lines.push('', ...table([header.map(paint.faint), ...rows], 1, '   '));
  }
  return lines.join('\n');
}

function row({ model, tally, low, high, verdict }: Finding): string[] {
  const share = (count: number): string => percent(count / tally.gates);
  return [
    ...[model, share(tally.fail), `${percent(low)} … ${percent(high)}`, share(tally.pass), share(tally.inconclusive)],
    ...[tally.pairs.toFixed(1), verdict],
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
