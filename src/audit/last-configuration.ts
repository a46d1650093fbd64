import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Keeps the hash of a configuration; the one that was kept before it, if any. `name`: of which processes. */
export async function keepConfiguration(directory: string, name: string, hash: string): Promise<string | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `configuration-${name}.sha256`)
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before !== hash) {
    await writeFile(`${path}.part`, hash, { mode: 0o600 })
    await rename(`${path}.part`, path)
  }
  return before
}
