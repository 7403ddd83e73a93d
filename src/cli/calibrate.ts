import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gatewayOf } from '../duel/contestant.js';
import { gatedFigures } from '../duel/figures.js';
import { runSession, type Session } from '../duel/session.js';
import { gateWork } from '../duel/work.js';
import { controlSpread, controlSpreadLimit } from '../gates/outcome.js';
import { marginFor } from '../gates/sequential.js';
import { exitCodes } from '../gates/verdict.js';
import { percent } from '../reports/gate.js';
import { palette, table } from '../reports/text.js';
import { environment, stayOffServerCore } from '../runner/environment.js';
import { defaultCalibration, machineOf, writeCalibration } from './calibration.js';
import { UsageError } from './command.js';
import { readCount } from './gate-offline.js';
import { gateProgress } from './gate-progress.js';
import { takesColour } from './progress.js';
import { canMeasure, onInterrupt, readSeed } from './session.js';

export const summary = 'how restless this machine is, and what a gate can therefore see here';

const help = `halfopen calibrate [options]

Lets one build take turns with itself. What differs then is the machine's doing: its noise, figure by figure. The gate takes a
margin of 5 %, and of 10 % for figures whose noise is above 7.5 %.

  --build DIR         a directory in which everything is built (the working directory)
  --pairs N           pairs of slots, an even number from 8 up (16: about two minutes)
  --seed N            repeats an order
  --out FILE          where the noise is kept (${defaultCalibration()})

Exit code: 0 calibrated; 21 the control slots were spread too far, or nothing can be measured here; 130 interrupted.`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      build: { type: 'string', default: '.' },
      pairs: { type: 'string', default: '16' },
      seed: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const pairs = readCount('--pairs', values.pairs);
  if (pairs < 8 || pairs % 2 !== 0) throw new UsageError(`--pairs takes an even number from 8 up, got ${pairs}`);
  if (!existsSync(values.build)) throw new UsageError(`--build: no such directory: ${values.build}`);
  if (!canMeasure()) return exitCodes.environment;
  return calibrate({
    directory: values.build,
    pairs,
    seed: readSeed(values.seed),
    file: values.out ?? defaultCalibration(),
  });
}

interface Wanted {
  readonly directory: string;
  readonly pairs: number;
  readonly seed: number;
  readonly file: string;
}

async function calibrate({ directory, pairs, seed, file }: Wanted): Promise<number> {
  const build = { label: directory, directory, discard: () => {} };
  const place = environment();
  stayOffServerCore(place);
  const interruption = onInterrupt();
  const listener = gateProgress();
  try {
    const session = await runSession({
      ...{ base: gatewayOf(build, 'baseline'), cand: gatewayOf(build, 'candidate'), work: gateWork, seed },
      ...{ exactly: pairs, budgetMs: 3_600_000, noise: {}, environment: place, signal: interruption.signal },
      keep: () => {},
      onSlot: (at) => listener.standing(0, at),
    });
    listener.clear();
    if (interruption.signal.aborted) return exitCodes.interrupted;
    if (session.died) throw new Error(`the server died: ${session.died.why}`);
    console.log(render(session));
    if (controlSpread(session.controls) > controlSpreadLimit) {
      console.error('halfopen: the machine was too restless to be calibrated; nothing was kept');
      return exitCodes.environment;
    }
    const noise = Object.fromEntries(session.figures.map((figure) => [figure.name, figure.noise]));
    writeCalibration(file, { schema: 1, at: new Date().toISOString(), pairs, machine: machineOf(place), noise });
    console.log(`\nkept: ${file}`);
    return exitCodes.pass;
  } finally {
    listener.clear();
    interruption.done();
  }
}

function render({ figures, controls, pairs, seconds }: Session): string {
  const paint = palette(takesColour(process.stdout));
  const rows = figures.map(({ name, noise, detectable }) => {
    const title = gatedFigures.find((each) => each.name === name)!.title;
    const seen = Number.isNaN(detectable) ? 'nothing' : percent(detectable);
    return [title, percent(noise), percent(marginFor(noise)), seen];
  });
  const header = ['', 'noise of a slot', 'margin', `seen by ${pairs.length} pairs`].map(paint.faint);
  const spread = percent(controlSpread(controls));
  return [
    `${paint.strong('Noise of this machine')}: ${pairs.length} pairs in ${Math.round(seconds)} s, controls spread by ${spread}`,
    ...table([header, ...rows], 1),
  ].join('\n');
}
