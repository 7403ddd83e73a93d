import { parseArgs } from 'node:util';
import { provingGates } from '../gates/offline.js';
import { barHelp, barOptions } from './bars.js';
import { UsageError } from './command.js';
import { proveOffline } from './gate-offline.js';
import { proveLive } from './gate-proof.js';
import { gateBuilds, judgeAgain } from './gate-run.js';
import { readSeed } from './session.js';

export const summary = 'is a build slower than another one, or broken where that one is not?';

const help = `halfopen gate --base DIR|REV [--cand DIR|REV] [options]
halfopen gate --replay DIR
halfopen gate --self-test[=offline] [options]

Two builds take turns on this machine until it is certain whether the candidate is slower than the baseline. The candidate's
fault bars come first. A failure counts when a second, fresh session says the same. See docs/gate.md.

  --base, --cand      a directory in which everything is built, or a git revision, which is checked out and built in a scratch
                      work tree (--cand: the working directory)
  --build 'CMD'       builds a revision (npm ci)
  --exec 'CMD'        any server instead of this gateway, started in each build's directory …
  --url URL           … and where it answers: http://127.0.0.1:8080/ for one with the testbed's paths, or one page of it
  --budget TIME       the most that one session may take: 90s, 10m (10m)
  --inconclusive W    what "undecided" means to the caller: exit (20), warn (0) or fail (10)
  --fault A,B         scenarios whose bars the candidate has to hold, or none (the short ones about faults)
${barHelp}
  --calibration FILE  of halfopen calibrate: noisy figures get the wider margin
  --counters          counts system calls, heap, instructions and copies too (strace, valgrind, a compiler); they decide nothing
  --replay DIR        judges a gate again from its results; no server is started
  --seed N            repeats an order
  --out DIR           where results go (results)

  --self-test         proves the gate on real servers: the same build twice, and slowdowns of known size
  --self-test=offline proves its rule on virtual machines; no server is started
  --gates N           how many for each claim (offline ${provingGates}, else 20; fewer refute, but prove nothing)
  --slower N          on real servers: how many for each slowdown, while --gates says how many of the same build twice
  --slowdowns A,B     on real servers: only these, in per cent (5,10,20)
  --resume DIR        goes on with one on real servers that ended early: its build, seed, budget and ledger
  --quick             a short form of either

Exit code: 0 pass; 10 slower; 11 a fault bar is broken, or the server died; 20 undecided; 21 the machine is too restless, or
nothing can be measured here; 30 the baseline is not available; 130 interrupted (what was measured is saved).`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv.map((word) => (word === '--self-test' ? '--self-test=live' : word)),
    options: {
      base: { type: 'string' },
      cand: { type: 'string', default: '.' },
      build: { type: 'string', default: 'npm ci' },
      exec: { type: 'string' },
      url: { type: 'string' },
      budget: { type: 'string', default: '10m' },
      inconclusive: { type: 'string', default: 'exit' },
      fault: { type: 'string', multiple: true },
      ...barOptions,
      calibration: { type: 'string' },
      counters: { type: 'boolean' },
      replay: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      'self-test': { type: 'string' },
      gates: { type: 'string' },
      slower: { type: 'string' },
      slowdowns: { type: 'string' },
      resume: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { base, 'self-test': proof, gates, slower, slowdowns, resume, quick, out } = values;
  if (proof !== 'live' && (slower ?? slowdowns ?? resume) !== undefined)
    throw new UsageError('--slower, --slowdowns and --resume go with --self-test on real servers');
  if (resume !== undefined && values.seed !== undefined)
    throw new UsageError('--resume goes on with the seed that it began with: no --seed');
  if (proof === 'offline') return proveOffline({ gates, quick, seed: readSeed(values.seed ?? '1') });
  const seed = readSeed(values.seed);
  const budgetMs = readBudget(values.budget);
  if (proof === 'live')
    return proveLive({ build: values.cand, gates, slower, slowdowns, quick, resume, seed, budgetMs, out });
  if (proof !== undefined) throw new UsageError(`--self-test takes no value, or offline; got ${proof}`);
  if (values.replay !== undefined) return judgeAgain(values.replay, values.inconclusive);
  if (base === undefined) throw new UsageError('gate takes --base DIR|REV, or --self-test');
  return gateBuilds({ ...values, base, seed, budgetMs });
}

/** `90s`, `10m`, `1.5h` in milliseconds. @throws UsageError */
function readBudget(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
  if (!(ms > 0)) throw new UsageError(`--budget takes a time such as 90s or 10m, got ${text}`);
  return ms;
}
