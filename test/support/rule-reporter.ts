import type { Reporter, TestModule } from 'vitest/node';
import { Coverage, RULES } from './rules.js';

/** After a run of the whole suite: how many rules of the contract were proved by tests that passed, on both engines. */
export default class RuleReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const coverage = new Coverage();
    for (const module of modules) for (const test of module.children.allTests('passed')) coverage.add(test.fullName);
    const missing = coverage.missing();
    // A part of the suite proves a part of the rules: nothing to say then.
    if (!process.env.HALFOPEN_WHOLE_SUITE) return;
    console.log(`\n${coverage.table()}\n`);
    console.log(`Rules of the contract proved on both engines: ${RULES - missing.length} of ${RULES}`);
    if (missing.length === 0) return;
    console.log(`Without a passing test on each engine: ${missing.join(', ')}`);
    // Where the addon could not be built its tests were skipped, each with the reason: nothing is proved of it then.
    const passed = modules.flatMap((module) => [...module.children.allTests('passed')]);
    const built = passed.some((test) => /\bnative engine/.test(test.fullName));
    if (built) process.exitCode = 1;
  }
}
