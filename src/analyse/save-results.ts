import { findKnownResults, type NewResult } from '../db/result.ts'
import type { Db } from '../db/schema.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { parseUid } from '../study/identifiers.ts'

type Deps = { db: Db; files: InstanceFiles }

/** Writes what is new; a result that is known keeps the bytes it was first encoded with. */
export async function saveResults({ db, files }: Deps, built: readonly ResultInstance[]): Promise<NewResult[]> {
  const uids = built.map(({ sopInstanceUid }) => parseUid(sopInstanceUid))
  const known = new Map((await findKnownResults(db, uids)).map((result) => [String(result.sopInstanceUid), result]))
  return Promise.all(
    built.map(async (result) => {
      const { kind, label = null, sopInstanceUid, sopClassUid, seriesInstanceUid, wantedBy, bytes } = result
      const { format = 'dcm' } = result
      const before = known.get(sopInstanceUid)
      const saved = before ?? {
        ...(await files.saveResult(bytes, format)),
        bytes: bytes.length,
      }
      return {
        kind,
        label,
        sopInstanceUid: parseUid(sopInstanceUid),
        sopClassUid: parseUid(sopClassUid),
        seriesInstanceUid: parseUid(seriesInstanceUid),
        transferSyntaxUid: parseUid(result.transferSyntaxUid ?? TransferSyntax.ExplicitVrLittleEndian),
        file: saved.file,
        sha256: saved.sha256,
        bytes: Number(saved.bytes),
        alternativeOf: result.alternativeOf ? parseUid(result.alternativeOf) : null,
        wantedBy,
      }
    }),
  )
}
