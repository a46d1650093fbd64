import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeFileMeta } from '../dicom/file-meta.ts'
import type { IncomingInstance, InstanceSink } from '../dicom/incoming-instance.ts'
import { RECEIVED_SOP_CLASSES, SopClass } from '../dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES } from '../dicom/transfer-syntaxes.ts'
import type { CommitmentRequest, ReferencedInstance } from '../dimse/commitment-data-set.ts'
import { NO_EVENTS } from '../dimse/scp-events.ts'
import { FailureReason } from '../dimse/status.ts'
import { reportCommitment } from '../dimse/storage-commitment.ts'
import { openStorageScp, type StorageScp } from '../dimse/storage-scp.ts'

const REPORTS = [SopClass.Comprehensive3dSrStorage, SopClass.ComprehensiveSrStorage, SopClass.EnhancedSrStorage]

/**
 * Keeps what it is sent as files of a folder, named for their UIDs, and commits to keeping it; nothing more, for
 * demonstrations. `nodePort` is where the node listens for its reports.
 */
export async function openTestPacs(
  folder: string,
  aeTitle: string,
  nodePort: () => number | undefined,
): Promise<StorageScp> {
  const report = async ({ transactionUid, instances }: CommitmentRequest) => {
    const files = new Set(await readdir(folder))
    const isKept = ({ sopInstanceUid }: ReferencedInstance) => files.has(`${sopInstanceUid}.dcm`)
    const lost = instances.filter((each) => !isKept(each))
    await reportCommitment(
      { host: '127.0.0.1', port: nodePort() ?? 0, calledAeTitle: 'MCADS', callingAeTitle: aeTitle, timeoutMs: 10_000 },
      {
        transactionUid,
        kept: instances.filter(isKept),
        failed: lost.map((each) => ({ ...each, reason: FailureReason.NoSuchObjectInstance })),
      },
    )
  }
  await mkdir(folder, { recursive: true })
  return openStorageScp({
    host: '127.0.0.1',
    port: 0,
    admit: { calledAeTitles: [{ aeTitle }], peers: [{ aeTitle: 'MCADS', host: '127.0.0.1' }] },
    abstractSyntaxes: [...RECEIVED_SOP_CLASSES, ...REPORTS],
    transferSyntaxes: ACCEPTED_TRANSFER_SYNTAXES,
    openSink: (instance) => fileSink(folder, instance),
    commitment: {
      requested: async (_peer, request) => void report(request).catch(() => {}),
      reported: async () => {},
    },
    events: NO_EVENTS,
  })
}

function fileSink(folder: string, { sopClassUid, sopInstanceUid, transferSyntaxUid }: IncomingInstance): InstanceSink {
  const parts: Uint8Array[] = [encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid })]
  return {
    write: (chunk) => void parts.push(Buffer.from(chunk)),
    finish: () => writeFile(join(folder, `${sopInstanceUid}.dcm`), Buffer.concat(parts)),
    discard: async () => {},
  }
}
