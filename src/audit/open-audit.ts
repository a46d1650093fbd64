import type { AuditMessage, AuditSource } from './audit-message.ts'
import { encodeAuditMessage } from './audit-message.ts'
import { recordingStopped } from './node-audit.ts'
import { patientObject, type Us } from './participants.ts'
import type { TrailState } from './trail-line.ts'
import { TrailWriter } from './trail-writer.ts'

export type AuditOptions = {
  readonly directory: string
  readonly source: AuditSource
  readonly us: Us
  /** The trail cannot be written now; so many messages wait. */
  readonly onFailure: (error: unknown, waiting: number) => void
  /** Patient ID of a study, where messages are to carry it. */
  readonly patientIdOf?: ((studyInstanceUid: string) => Promise<string | undefined>) | undefined
}

export type Audit = AsyncDisposable & {
  /** Adds a message to the trail, without waiting. */
  record(message: AuditMessage, studyInstanceUid?: string): void
  /** Resolves when no message waits for its patient. */
  settled(): Promise<void>
  /** How far the trail's files of this process go, by name. */
  readonly own: ReadonlyMap<string, TrailState>
}

/** This process's part of the audit trail; closing it writes what was recorded. */
export function openAudit({ directory, source, us, onFailure, patientIdOf }: AuditOptions): Audit {
  const encode = (message: AuditMessage, at: Date) => encodeAuditMessage(message, source, at)
  const lost = (count: number) => encode(recordingStopped(us, count), new Date())
  const trail = new TrailWriter({ directory, onFailure, lost })
  const pending = new Set<Promise<void>>()
  const withPatient = async (message: AuditMessage, studyInstanceUid: string, at: Date) => {
    const patientId = await patientIdOf?.(studyInstanceUid).catch(() => undefined)
    const objects = [...(message.objects ?? []), ...(patientId ? [patientObject(patientId)] : [])]
    trail.add(encode({ ...message, objects }, at))
  }
  const settled = async () => void (await Promise.all(pending))
  return {
    own: trail.own,
    record(message, studyInstanceUid) {
      const at = new Date()
      if (!patientIdOf || !studyInstanceUid) return trail.add(encode(message, at))
      const written = withPatient(message, studyInstanceUid, at).finally(() => pending.delete(written))
      pending.add(written)
    },
    settled,
    async [Symbol.asyncDispose]() {
      await settled()
      await trail[Symbol.asyncDispose]()
    },
  }
}
