import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Failure } from '../failure.ts'
import { sha256Of } from './model-folder.ts'

type Named = { readonly file: string; readonly sha256: string }

const unreadable =
  ({ file }: Named) =>
  (error: NodeJS.ErrnoException) => {
    throw new Failure('MODEL_INVALID', `the model's ${file} cannot be read: ${error.code}`)
  }

function requireSum({ file, sha256 }: Named, found: string): void {
  if (found === sha256) return
  throw new Failure('MODEL_INVALID', `${file} has another SHA-256 than its manifest says`)
}

/**
 * A file of a model, if it is the one that its manifest names.
 * @throws Failure MODEL_INVALID when it is missing or altered
 */
export async function readVerified(path: string, named: Named): Promise<Buffer> {
  const bytes = await readFile(path).catch(unreadable(named))
  requireSum(named, sha256Of(bytes))
  return bytes
}

/** As `readVerified`, piece by piece: for a file that is not wanted yet. @throws Failure MODEL_INVALID */
export async function verifyFile(path: string, named: Named): Promise<void> {
  const hash = createHash('sha256')
  const read = async () => {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece)
  }
  await read().catch(unreadable(named))
  requireSum(named, hash.digest('hex'))
}
