import { asFailure, Failure } from '../failure.ts'
import { type InstanceFile, readInstanceFile } from '../files/instance-file.ts'

/** DICOM files that were named on the command line, one after the other: a pattern may stand for thousands. */
export async function readFiles(paths: readonly string[]): Promise<InstanceFile[]> {
  const files: InstanceFile[] = []
  for (const path of paths) files.push(await readInstanceFile(path).catch((error: unknown) => rethrow(path, error)))
  return files
}

function rethrow(path: string, cause: unknown): never {
  const { code, message } = asFailure(cause, 'FILE_UNREADABLE')
  throw new Failure(code, `${path}: ${code === 'FILE_UNREADABLE' ? 'there is no such file to read' : message}`, {
    cause,
  })
}
