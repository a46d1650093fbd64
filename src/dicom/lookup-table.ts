import type { Header } from './header.ts'
import { TransferSyntax } from './transfer-syntaxes.ts'

/** Modality or VOI LUT: input → output, and the highest output its bits allow. PS3.3 C.11.1.1.1, C.11.2.1.1. */
export type LookupTable = { readonly look: (input: number) => number; readonly most: number }

/** The table in an item of Modality LUT Sequence or VOI LUT Sequence; undefined when it has none that can be used. */
export function lookupTableOf(item: Header, inputsBelowZero: boolean): LookupTable | undefined {
  const [count = 0, first = 0, bits = 16] = item.numbers('LUTDescriptor').map((value) => value & 0xffff)
  const entries = count === 0 ? 65_536 : count
  const data = item.bytes('LUTData')
  if (!item.has('LUTDescriptor') || !data || bits < 1 || bits > 16 || data.length < entries) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const little = item.transferSyntaxUid !== TransferSyntax.ExplicitVrBigEndian
  const wide = data.length >= 2 * entries
  const start = inputsBelowZero && first > 0x7fff ? first - 0x10000 : first
  return {
    most: 2 ** bits - 1,
    look: (input) => {
      const at = Math.max(0, Math.min(entries - 1, Math.round(input) - start))
      return wide ? view.getUint16(2 * at, little) : view.getUint8(at)
    },
  }
}
