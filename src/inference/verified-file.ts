import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure } from '../failure.ts'

/**
 * A file of a model, if it is the one that its manifest names.
 * @throws Failure MODEL_INVALID when it is missing or altered
 */
export async function readVerified(path: string, { file, sha256 }: { file: string; sha256: string }): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('MODEL_INVALID', `the model's ${file} cannot be read: ${error.code}`)
  })
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Failure('MODEL_INVALID', `${file} has another SHA-256 than its manifest says`)
  return bytes
}
