import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InconclusivePolicy } from '../gates/outcome.js';
import type { RunReport } from '../reports/model.js';
import { validRun } from '../reports/validate.js';
import { sessionsFrom } from './records.js';
import { gateScenario, nameOf, resultOf, summaryOf } from './report.js';
import { outcomeOf } from './verdict.js';

/**
 * A gate judged again from its records: the same rule, the same verdict. Also for one that did not live to its end.
 *
 * @param directory of its results
 * @throws Error when it holds no gate
 */
export function replayGate(directory: string, policy: InconclusivePolicy): RunReport {
  const report = validRun(JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8')));
  if (!report.gate) throw new Error('this run is no gate');
  const lines = readFileSync(join(directory, 'samples.ndjson'), 'utf8').trimEnd().split('\n');
  const sessions = sessionsFrom(lines);
  const others = report.results.filter(({ scenario }) => scenario !== gateScenario.name);
  const faults = others.filter(({ target }) => target === nameOf.cand).map(({ verdict }) => verdict);
  const outcome = outcomeOf({ sessions, faults, interrupted: report.interrupted }, policy);
  const { verdict } = outcome;
  const { baseline, candidate, counts } = report.gate;
  return {
    ...report,
    verdict: verdict === 'pass' || verdict === 'fail' ? verdict : 'inconclusive',
    exitCode: outcome.exitCode,
    scenarios: [...report.scenarios.filter(({ name }) => name !== gateScenario.name), gateScenario],
    results: [...others, resultOf(sessions, 'base'), resultOf(sessions, 'cand')],
    gate: { ...summaryOf(sessions, outcome, { baseline, candidate }), ...(counts ? { counts } : {}) },
  };
}
