import { defineConfig } from 'vitest/config'
import { built } from './test/support/built.ts'
import { ClosingReporter } from './test/support/closing-reporter.ts'
import { LongestFirst } from './test/support/longest-first.ts'

/** With `--mode built` the program is tested as it is built, else its sources. */
export default defineConfig(({ mode }) => ({
  plugins: mode === 'built' ? [built] : [],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    provide: { isBuilt: mode === 'built' },
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new ClosingReporter()],
  },
}))
