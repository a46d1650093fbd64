import type { Reporter, TestModule } from 'vitest/node'

/** Says last which suites were skipped for want of what, and how many tests there were in one plain line. */
export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        counts[state === 'pending' ? 'skipped' : state] += 1
      }
      for (const suite of module.children.allSuites())
        if (suite.name.includes('(needs ')) console.log(`skipped: ${module.relativeModuleId}: ${suite.name}`)
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
