import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import { stringify } from 'yaml'
import { run } from '../../src/cli/program.ts'
import { temporaryFolder } from './needs.ts'

export type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

/** Runs a command line of the program in this process. */
export async function mcads(...args: string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text)
      return true
    }),
  )
  const before = process.exitCode
  try {
    process.exitCode = undefined
    await run(['node', 'mcads', ...args])
    return { exitCode: Number(process.exitCode ?? 0), ...written }
  } finally {
    process.exitCode = before
    for (const spy of spies) spy.mockRestore()
  }
}

/** A configuration file; removed when the test ends. */
export async function configFile(tree: object): Promise<string> {
  const path = join(await temporaryFolder(), 'node.yaml')
  await writeFile(path, stringify(tree))
  return path
}
