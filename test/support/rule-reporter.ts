import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { loadAddon } from '../../src/addon.js';
import { Coverage, ENGINES, RULES } from './rules.js';
import { skippedLines } from './skipped.js';

/** After a run of the whole suite: how many rules of the contract were proved by tests that passed, on each engine. */
export default class RuleReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // A part of the suite proves a part of the rules: nothing to say then.
    if (!process.env.HALFOPEN_WHOLE_SUITE) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const { reason } = loadAddon();
    const coverage = new Coverage(reason === null ? ENGINES : ['node']);
    for (const test of tests) if (test.result().state === 'passed') coverage.add(test.fullName);
    const missing = coverage.missing();
    const where = reason === null ? 'both engines' : 'the node engine';
    console.log(`\n${coverage.table()}\n`);
    console.log(`Rules of the contract proved on ${where}: ${RULES - missing.length} of ${RULES}`);
    if (reason !== null) console.log(`The native engine was NOT tested, nor the fault client: no addon. ${reason}`);
    for (const line of skippedLines(skips(tests))) console.log(line);
    if (missing.length === 0) return;
    console.log(`Without a passing test: ${missing.join(', ')}`);
    process.exitCode = 1;
  }
}

function skips(tests: readonly TestCase[]) {
  return tests.flatMap((test) => {
    const result = test.result();
    if (result.state !== 'skipped') return [];
    return [{ file: test.module.relativeModuleId, why: result.note ?? null }];
  });
}
