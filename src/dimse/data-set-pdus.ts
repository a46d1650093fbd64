import { PDATA_HEADER_BYTES, writePdvHeader } from './command.ts'
import { PDV_HEADER_BYTES } from './pdu.ts'

const BATCH_BYTES = 512 * 1024
/** Message control header, PS3.8 Annex E.2: bit 1 last. */
const LAST = 2
const MORE = 0

/** An encoded data set, wherever it lies. */
export type EncodedDataSet = {
  /** In bytes. */
  readonly length: number
  /** Fills the buffers, one after the other, with what stands from `at` on. @throws Failure FILE_UNREADABLE when there is less */
  read(into: readonly Buffer[], at: number): Promise<void>
}

export const inMemory = (bytes: Buffer): EncodedDataSet => ({
  length: bytes.length,
  async read(into, at) {
    let done = at
    for (const each of into) done += bytes.copy(each, 0, done, done + each.length)
  },
})

/** Room for what is being sent, and for what is read meanwhile. */
export type SendMemory = { take(bytes: number): Buffer }

/** Two buffers in turn, used again for all that one association sends. */
export function openSendMemory(): SendMemory {
  const buffers = [Buffer.alloc(0), Buffer.alloc(0)]
  return {
    take(bytes) {
      const oldest = buffers.shift() ?? Buffer.alloc(0)
      const buffer = oldest.length < bytes ? Buffer.allocUnsafeSlow(bytes) : oldest
      buffers.push(buffer)
      return buffer.subarray(0, bytes)
    },
  }
}

/**
 * The bytes of a data set as they stand, as P-DATA-TF PDUs of one PDV each; some hundred KB at a time, the next of which
 * are read while these are on their way. What is yielded stands until the next is asked for.
 */
export async function* dataSetPdus(
  dataSet: EncodedDataSet,
  contextId: number,
  maximumPduLength: number,
  memory = openSendMemory(),
): AsyncGenerator<Buffer> {
  // PDV values have an even length, PS3.8 Annex E.1.
  const longest = (maximumPduLength - PDV_HEADER_BYTES) & ~1
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / longest)) * longest
  // One of odd length is padded with NUL, as PS3.5 Annex A.5 has it for a deflated one.
  const end = dataSet.length + (dataSet.length & 1)
  const batch = async (at: number) => {
    const bytes = Math.min(end - at, perBatch)
    const pdus = memory.take(bytes + Math.ceil(bytes / longest) * PDATA_HEADER_BYTES)
    const values = frame(pdus, bytes, longest, contextId, at + bytes === end)
    await fill(dataSet, values, at)
    return pdus
  }
  let next = end > 0 ? batch(0) : undefined
  try {
    for (let at = perBatch; next; at += perBatch) {
      const pdus = await next
      next = at < end ? batch(at) : undefined
      // It is awaited in its turn, unless nobody wants more.
      next?.catch(() => {})
      yield pdus
    }
  } finally {
    // Then the file is not closed under it.
    await next?.catch(() => {})
  }
}

/** Writes the headers, and returns where between them the values belong. */
function frame(pdus: Buffer, bytes: number, longest: number, contextId: number, ends: boolean): Buffer[] {
  const values: Buffer[] = []
  for (let done = 0, at = 0; done < bytes; ) {
    const length = Math.min(longest, bytes - done)
    done += length
    writePdvHeader(pdus, at, contextId, ends && done === bytes ? LAST : MORE, length)
    values.push(pdus.subarray(at + PDATA_HEADER_BYTES, at + PDATA_HEADER_BYTES + length))
    at += PDATA_HEADER_BYTES + length
  }
  return values
}

async function fill(dataSet: EncodedDataSet, values: Buffer[], at: number): Promise<void> {
  const bytes = values.reduce((sum, { length }) => sum + length, 0)
  const last = values.at(-1)
  if (!last || at + bytes <= dataSet.length) return dataSet.read(values, at)
  last.fill(0, last.length - 1)
  await dataSet.read([...values.slice(0, -1), last.subarray(0, -1)], at)
}
