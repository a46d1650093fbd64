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
  /** Fills the buffer with what stands from `at` on. @throws Failure FILE_UNREADABLE when there is less */
  read(into: Buffer, at: number): Promise<void>
}

/** The bytes of a data set as they stand, as P-DATA-TF PDUs of one PDV each; some hundred KB at a time. */
export async function* dataSetPdus(
  dataSet: EncodedDataSet,
  contextId: number,
  maximumPduLength: number,
): AsyncGenerator<Buffer> {
  // PDV values have an even length, PS3.8 Annex E.1.
  const longest = (maximumPduLength - PDV_HEADER_BYTES) & ~1
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / longest))
  // One of odd length is padded with NUL, as PS3.5 Annex A.5 has it for a deflated one.
  const end = dataSet.length + (dataSet.length & 1)
  for (let at = 0; at < end; ) {
    const bytes = Math.min(end - at, perBatch * longest)
    const pdus = Buffer.allocUnsafe(bytes + Math.ceil(bytes / longest) * PDATA_HEADER_BYTES)
    const values = frame(pdus, bytes, longest, contextId, at + bytes === end)
    await fill(dataSet, values, at)
    yield pdus
    at += bytes
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

async function fill(dataSet: EncodedDataSet, values: Buffer[], position: number): Promise<void> {
  let at = position
  for (const value of values) {
    const length = Math.min(value.length, dataSet.length - at)
    value.fill(0, length)
    await dataSet.read(value.subarray(0, length), at)
    at += length
  }
}
