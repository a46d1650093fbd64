import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from './needs.ts'

const SCHEMA = new URL('../fixtures/audit/audit-message.rnc', import.meta.url).pathname
const run = promisify(execFile)

/** What is wrong with audit messages by the schema of PS3.15 A.5.1; one run for all of them, the JVM is slow to start. */
export async function schemaFaults(messages: readonly string[]): Promise<string[]> {
  const folder = await temporaryFolder()
  const paths = messages.map((_, index) => join(folder, `${index}.xml`))
  for (const [index, xml] of messages.entries()) await writeFile(paths[index] ?? '', xml)
  const { stdout } = await run('jing', ['-c', SCHEMA, ...paths]).catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error
    return { stdout: error.stdout }
  })
  return stdout.split('\n').filter((line) => line !== '')
}
