import { accessSync, constants, existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, onTestFinished, test } from 'vitest'

const CORPUS = process.env.TEST_CORPUS ?? new URL('../../../shared/corpus', import.meta.url).pathname

/** Absolute path of a file of the test corpus (real DICOM files, kept beside the project, or in TEST_CORPUS). */
export function corpus(path: string): string {
  return join(CORPUS, path)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isPresent(need: string): boolean {
  if (need === 'corpus') return existsSync(CORPUS)
  if (need.includes('/')) return existsSync(need)
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.some((folder) => isExecutable(join(folder, need)))
}

/**
 * A suite that needs real peers: names of programs, absolute paths, or 'corpus'. Where one is missing the suite is
 * reported as skipped with the reason; with CI=true that is a failure.
 */
export function describeWith(needs: string[], name: string, body: () => void): void {
  const missing = needs.filter((need) => !isPresent(need))
  if (missing.length === 0) return void describe(name, body)
  const reason = `${name} (needs ${missing.join(', ')})`
  if (process.env.CI === 'true') throw new Error(`not installed: ${reason}`)
  // Not even its list of tests is made: it may come from what is missing.
  describe.skip(reason, () => test('has what it needs', () => {}))
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcads-test-'))
  // The embedded PostgreSQL has a user of its own, who passes through.
  await chmod(folder, 0o711)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
