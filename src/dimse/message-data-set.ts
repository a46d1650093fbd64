import type { DataSet } from '../dicom/data-set.ts'
import { encodeFileMeta } from '../dicom/file-meta.ts'
import { type Header, parseHeader } from '../dicom/header.ts'
import { toImplicitVr } from '../dicom/implicit-vr.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { encodeDataSet } from '../dicom/write-data-set.ts'
import { type EncodedDataSet, inMemory } from './data-set-pdus.ts'

/** For data sets of messages that store nothing; best first. */
export const MESSAGE_SYNTAXES: readonly string[] = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
]

/** A commitment of ten thousand instances has 2 MB. */
export const MAXIMUM_MESSAGE_BYTES = 4 * 1024 * 1024

/** Identifiers of queries, reports, actions: what goes with a message that stores nothing. */
export function encodeMessageDataSet(dataSet: DataSet, transferSyntaxUid: string): EncodedDataSet {
  const explicit = Buffer.from(encodeDataSet(dataSet))
  const bytes = transferSyntaxUid === TransferSyntax.ImplicitVrLittleEndian ? toImplicitVr(explicit) : explicit
  return inMemory(bytes)
}

/** @throws Failure DATA_SET_UNREADABLE */
export function parseMessageDataSet(bytes: Buffer, transferSyntaxUid: string): Header {
  const meta = encodeFileMeta({ sopClassUid: '', sopInstanceUid: '', transferSyntaxUid })
  return parseHeader(Buffer.concat([meta, bytes]))
}
