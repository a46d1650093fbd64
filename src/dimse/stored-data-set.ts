import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { parseFileMeta } from '../dicom/file-meta.ts'
import { toImplicitVr } from '../dicom/implicit-vr.ts'
import { asFailure, Failure } from '../failure.ts'
import { type EncodedDataSet, inMemory } from './data-set-pdus.ts'

// Descriptors rather than handles, which cost more than what they are for.
const [open, fstat, readv] = [promisify(fs.open), promisify(fs.fstat), promisify(fs.readv)]

const META_BYTES = 64 * 1024
/** Results are a few MB; what is larger than this is not taken into memory. */
const MAXIMUM_RE_ENCODED_BYTES = 64 * 1024 * 1024

async function readFrom(file: number, into: readonly Buffer[], position: number): Promise<void> {
  let left = into.filter(({ length }) => length > 0)
  for (let at = position; left.length > 0; ) {
    const { bytesRead } = await readv(file, left, at)
    if (bytesRead === 0) throw new Failure('FILE_UNREADABLE', 'a stored instance ended before its length')
    at += bytesRead
    left = without(left, bytesRead)
  }
}

/** The buffers without so many bytes at their beginning. */
function without(buffers: readonly Buffer[], bytes: number): Buffer[] {
  const [first, ...rest] = buffers
  if (!first) return []
  return bytes < first.length ? [first.subarray(bytes), ...rest] : without(rest, bytes - first.length)
}

/**
 * The data set of a Part 10 file; it begins at `offset` where that is known.
 * @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE
 */
export async function openDataSet(path: string, offset?: number): Promise<EncodedDataSet & Disposable> {
  const file = await open(path, 'r').catch((cause) => {
    throw new Failure('FILE_UNREADABLE', 'a stored instance cannot be opened', { cause })
  })
  try {
    const { size } = await fstat(file)
    const from = offset ?? (await dataSetOffsetOf(file, size))
    if (from >= size) throw new Failure('DATA_SET_UNREADABLE', 'a stored instance has no data set')
    return {
      length: size - from,
      read: (into, at) => readFrom(file, into, from + at),
      [Symbol.dispose]: () => fs.closeSync(file),
    }
  } catch (error) {
    fs.closeSync(file)
    throw asFailure(error, 'FILE_UNREADABLE')
  }
}

async function dataSetOffsetOf(file: number, size: number): Promise<number> {
  const beginning = Buffer.alloc(Math.min(META_BYTES, size))
  await readFrom(file, [beginning], 0)
  return parseFileMeta(beginning).dataSetOffset
}

/**
 * An Explicit VR Little Endian data set in the default transfer syntax, in memory.
 * @throws Failure SOP_CLASS_REFUSED when it is too large for that, FILE_UNREADABLE, DATA_SET_UNREADABLE
 */
export async function inImplicitVr(dataSet: EncodedDataSet): Promise<EncodedDataSet> {
  if (dataSet.length > MAXIMUM_RE_ENCODED_BYTES)
    throw new Failure('SOP_CLASS_REFUSED', 'the peer takes Implicit VR only, and the instance is too large for that')
  const explicit = Buffer.alloc(dataSet.length)
  await dataSet.read([explicit], 0)
  const implicit = toImplicitVr(explicit)
  return inMemory(implicit)
}
