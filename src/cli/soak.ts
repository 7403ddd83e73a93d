import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nativeEngine } from '../engines/native.js';
import { type Figures, soakScenario } from '../soak/scenario.js';
import { soakTarget } from '../soak/target.js';
import { UsageError } from './command.js';
import { readSeed, runSession } from './session.js';

export const summary = 'keep a server under everything at once, with books that must balance';

const help = `halfopen soak [options]

Idle connections, streams whose every chunk is checked, faults of every kind, bad input, and healthy clients beside them,
against a server in a process of its own. At the end the books of clients and server must balance, its memory must not
grow, and no descriptor may stay open. One chunk is dropped on purpose: the books must show it.

  --seconds N         how long (600)
  --idle N            connections whose stream has nothing to say (10000)
  --streams N         streams of ten chunks a second (2000)
  --faults N          connections of each kind of fault, every ten seconds (20)
  --engine NAME       native or node (native, where it is built)
  --seed N            repeats the random moments
  --out DIR           where results go (results)

Exit code: 0 all bars held; 11 one is broken; 20 inconclusive; 130 interrupted, and what was measured is saved.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '600' },
      idle: { type: 'string', default: '10000' },
      streams: { type: 'string', default: '2000' },
      faults: { type: 'string', default: '20' },
      engine: { type: 'string', default: nativeEngine() ? 'native' : 'node' },
      seed: { type: 'string' },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { engine } = values;
  if (engine !== 'native' && engine !== 'node') throw new UsageError(`--engine takes native or node, got ${engine}`);
  const seconds = readCount('--seconds', values.seconds, 10);
  const amounts = {
    idle: readCount('--idle', values.idle, 0),
    streams: readCount('--streams', values.streams, 1),
    faults: readCount('--faults', values.faults, 1),
  };
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-soak-'));
  const control = 'control';
  const book = join(folder, 'book.ndjson');
  try {
    const scenario = soakScenario({ seconds, ...amounts, book, control, onFigures: show() });
    const target = soakTarget(engine, book, control);
    const { seed, out } = values;
    return await runSession({ scenarios: [scenario], targets: [target], size: 'default', seed: readSeed(seed), out });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCount(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`${flag} takes a whole number from ${least} up, got ${text}`);
  return number;
}

const linesEverySeconds = 10;

/** A line that is rewritten on a terminal; a line every ten seconds elsewhere. */
function show(): (figures: Figures) => void {
  const live = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  let last = Number.NEGATIVE_INFINITY;
  return (figures) => {
    if (!live && figures.seconds - last < linesEverySeconds) return;
    last = figures.seconds;
    const line = render(figures);
    process.stderr.write(live ? `\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
  };
}

function render({ seconds, residentMib, cpuPercent, descriptors, chunks, requests, wrong, faults }: Figures): string {
  const server = `${residentMib.toFixed(0)} MiB, CPU ${cpuPercent.toFixed(0)} %, ${descriptors} descriptors`;
  return `${seconds.toFixed(0).padStart(5)} s  server ${server} · ${chunks} chunks, ${requests} requests, ${wrong} wrong · ${faults} faults`;
}
