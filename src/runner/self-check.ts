import {
  type Calibration,
  calibrate,
  calibrationOff,
  type Expectations,
  misattributed,
  needsFlawless,
} from '../measures/calibration.js';
import { count, values } from '../measures/measure.js';
import type { Result, Size } from '../reports/model.js';
import { calibrated } from '../targets/calibrated.js';
import type { Flaw } from '../targets/flaws.js';
import type { ScenarioContext } from './context.js';
import { defineScenario, type Scenario } from './scenario.js';

/** A server that is known to be wrong, the scenario that should find it out, and what it should find. */
export interface KnownFlaw {
  readonly name: string;
  readonly flaw: Flaw;
  readonly scenario: string;
  readonly expected: (size: Size) => Expectations;
}

/** The whole testbed as it is used, on servers whose figures are known beforehand. */
export function selfCheck(name: string, question: string, flaws: readonly KnownFlaw[]): Scenario {
  const seconds = { quick: 4 * flaws.length, default: 6 * flaws.length, full: 12 * flaws.length };
  return defineScenario({
    name,
    group: 'self-check',
    question,
    onDemand: true,
    servers: [calibrated('calibrated', {})],
    needs: ['probe'],
    measures: [calibrationOff, misattributed],
    bars: ['calibration_off max <= 1', 'misattributed count == 0'],
    seconds,
    run: async (context) => {
      const flawless = new Map<string, Result>();
      for (const known of flaws) {
        if (context.signal.aborted) return;
        await checkOne(context, known, flawless);
      }
    },
  });
}

async function checkOne(
  context: ScenarioContext,
  { name, flaw, scenario, expected }: KnownFlaw,
  flawless: Map<string, Result>,
): Promise<void> {
  const expectations = expected(context.size);
  const result = await context.ask(scenario, calibrated(name, flaw));
  if (needsFlawless(result, expectations) && !flawless.has(scenario))
    flawless.set(scenario, await context.ask(scenario, calibrated('flawless', { keepsBytes: 0 })));
  if (context.signal.aborted) return;
  if (result.problem !== undefined) throw new Error(`${scenario} on ${name}: ${result.problem}`);
  record(context, name, calibrate(result, expectations, flawless.get(scenario)));
}

function record(context: ScenarioContext, flaw: string, { figures, wrong, verdicts }: Calibration): void {
  context.measure(calibrationOff, values(figures.map(({ off }) => off)), { flaw });
  context.measure(misattributed, count(wrong.length, verdicts), { flaw });
  for (const each of wrong) context.note(`${flaw}: ${each}`);
  for (const { known, reported } of figures) {
    const beyond = known.beyond === undefined ? '' : ' beyond what it is without';
    context.note(`${flaw}: ${known.figure} is ${rounded(known.is)}${beyond}, reported ${rounded(reported)}`);
  }
}

const rounded = (figure: number): string => String(Number(figure.toPrecision(5)));
