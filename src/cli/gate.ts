import { parseArgs } from 'node:util';
import { noiseModels } from '../gates/noise.js';
import { claims, type Finding, provingGates, selfTest } from '../gates/offline.js';
import { exitCodes } from '../gates/verdict.js';
import { palette, table } from '../reports/text.js';
import { UsageError } from './command.js';
import { takesColour } from './progress.js';
import { readSeed } from './session.js';

export const summary = 'prove the performance gate: thousands of virtual gates with known outcome';

const help = `halfopen gate --self-test=offline [options]

Runs the gate's rule on virtual gates under several kinds of noise, and counts how often it is wrong:
false alarms between identical builds, and slowdowns that it misses. No server is started. See docs/gate.md.

  --gates N           virtual gates for each claim and kind of noise (${provingGates}; fewer refute, but prove nothing)
  --quick             500 of them: some seconds
  --seed N            repeats a self-test (1)

Exit code: 0 every claim holds; 10 one does not.`;

const quickGates = 500;
const campaigns = claims.length * Object.keys(noiseModels).length;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'self-test': { type: 'string' },
      gates: { type: 'string' },
      quick: { type: 'boolean' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values['self-test'] !== 'offline') throw new UsageError('gate takes --self-test=offline');
  if (values.quick && values.gates !== undefined) throw new UsageError('--quick and --gates exclude each other');
  const gates = values.quick ? quickGates : readGates(values.gates);
  const seed = readSeed(values.seed);
  const findings: Finding[] = [];
  for (const finding of selfTest({ gates, seed })) {
    findings.push(finding);
    if (process.stderr.isTTY) process.stderr.write(`\r${findings.length} of ${campaigns} campaigns`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(render(findings, gates, seed));
  return findings.some(({ verdict }) => verdict === 'broken') ? exitCodes.regression : exitCodes.pass;
}

function readGates(text: string | undefined): number {
  const gates = Number(text ?? provingGates);
  if (!Number.isSafeInteger(gates) || gates < 1)
    throw new UsageError(`--gates takes a whole number from 1 up, got ${text}`);
  return gates;
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
