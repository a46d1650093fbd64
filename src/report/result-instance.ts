import type { ResultKind } from '../study/result-object.ts'

/** One result instance; `bytes` is its Part 10 file, `label` what a heat map shows. */
export type ResultInstance = {
  readonly kind: ResultKind
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  /** Explicit VR Little Endian when absent. */
  readonly transferSyntaxUid?: string
  /** An HL7 message instead of a Part 10 file. */
  readonly format?: 'hl7'
  readonly label?: string
  /** The result it stands in for where a peer does not take that one's SOP class. */
  readonly alternativeOf?: string
  /** Names of the destinations that want it. */
  readonly wantedBy: readonly string[]
  readonly bytes: Uint8Array
}

/** As it is made, before it is known who wants it. */
export type Made = Omit<ResultInstance, 'wantedBy'>
