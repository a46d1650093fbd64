import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeFileMeta } from '../dicom/file-meta.ts'
import type { IncomingInstance, InstanceSink } from '../dicom/incoming-instance.ts'
import { RECEIVED_SOP_CLASSES, SopClass } from '../dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES } from '../dicom/transfer-syntaxes.ts'
import { NO_EVENTS } from '../dimse/scp-events.ts'
import { openStorageScp, type StorageScp } from '../dimse/storage-scp.ts'

const REPORTS = [SopClass.Comprehensive3dSrStorage, SopClass.ComprehensiveSrStorage, SopClass.EnhancedSrStorage]

/** Keeps what it is sent as files of a folder, named for their UIDs; nothing more, for demonstrations. */
export async function openTestPacs(folder: string, aeTitle: string): Promise<StorageScp> {
  await mkdir(folder, { recursive: true })
  return openStorageScp({
    host: '127.0.0.1',
    port: 0,
    admit: { calledAeTitles: [{ aeTitle }], peers: [{ aeTitle: 'MCADS', host: '127.0.0.1' }] },
    abstractSyntaxes: [...RECEIVED_SOP_CLASSES, ...REPORTS],
    transferSyntaxes: ACCEPTED_TRANSFER_SYNTAXES,
    openSink: (instance) => fileSink(folder, instance),
    events: NO_EVENTS,
  })
}

function fileSink(folder: string, { sopClassUid, sopInstanceUid, transferSyntaxUid }: IncomingInstance): InstanceSink {
  const parts: Uint8Array[] = [encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid })]
  return {
    write: (chunk) => void parts.push(chunk),
    finish: () => writeFile(join(folder, `${sopInstanceUid}.dcm`), Buffer.concat(parts)),
    discard: async () => {},
  }
}
