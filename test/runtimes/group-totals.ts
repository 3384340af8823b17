/** A reporter whose last lines are one for each outermost group of tests, and the total. */
import type { Reporter, TestModule, TestSuite } from 'vitest/node';

interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** A test that did not run has not passed. */
function totalsOf(group: TestSuite | TestModule): Totals {
  const tests = [...group.children.allTests()];
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  return { passed, failed: tests.length - passed };
}

function lineOf(group: TestSuite, width: number): string {
  const { passed, failed } = totalsOf(group);
  const counts = failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`;
  const reasons = group.errors().map(({ message }) => `: ${message}`);
  return `${group.name.padEnd(width)}  ${counts}${reasons.join('')}`;
}

export class GroupTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const groups = modules.flatMap(({ children }) => [...children.suites()]);
    const width = Math.max(0, ...groups.map(({ name }) => name.length));
    for (const group of groups) console.log(lineOf(group, width));
    const totals = modules.map(totalsOf);
    const passed = totals.reduce((sum, { passed }) => sum + passed, 0);
    const failed = totals.reduce((sum, { failed }) => sum + failed, 0);
    console.log(`${passed} passed, ${failed} failed`);
  }
}
