import type { ColumnType, Generated, GeneratedAlways, Kysely, Selectable } from 'kysely'
import type { Caveat } from '../study/caveat.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { Finding } from '../study/finding.ts'
import type { AeTitle, StudyId, Uid } from '../study/identifiers.ts'
import type { Verdict } from '../study/quality.ts'
import type { RejectionReason } from '../study/rejection.ts'
import type { ResultKind } from '../study/result-object.ts'
import type { StudyState } from '../study/study-state.ts'
import type { Unscored } from '../study/unscored.ts'
import type {
  CommitmentReportTable,
  CommitmentRequestTable,
  DeliveryAnswerTable,
  DeliveryTable,
  DestinationSopClassTable,
} from './delivery-tables.ts'

/** bigint columns: strings out, numbers or strings in. */
type Bytes = ColumnType<string, number | string, never>
type Timestamp = ColumnType<Date, Date, Date>
type WithDefault<T> = ColumnType<T, T | undefined, T>

type StudyTable = {
  id: GeneratedAlways<StudyId>
  studyInstanceUid: Uid
  state: Generated<StudyState>
  revision: Generated<number>
  openedAt: WithDefault<Date>
  lastInstanceAt: WithDefault<Date>
  completedAt: Date | null
  finishedAt: Date | null
  reasonCode: string | null
  reason: string | null
  attempts: Generated<number>
  dueAt: Date | null
  /** Models that were to score it and did not, while others did. */
  unscored: ColumnType<readonly Unscored[], string | undefined, string>
}

type InstanceTable = {
  id: string
  studyId: StudyId
  revision: number
  sopInstanceUid: Uid
  sopClassUid: Uid
  seriesInstanceUid: Uid
  transferSyntaxUid: Uid
  callingAeTitle: AeTitle
  calledAeTitle: AeTitle
  bytes: Bytes
  sha256: string
  receivedAt: Timestamp
  removedAt: WithDefault<Date | null>
}

type OpenAssociationTable = { associationId: string; studyId: StudyId; seenAt: WithDefault<Date> }

type AnalysisTable = {
  id: GeneratedAlways<string>
  studyId: StudyId
  revision: number
  sopInstanceUid: Uid
  modelId: string
  modelVersion: string
  /** Of each model's analyses of a study one is: the newest. */
  current: Generated<boolean>
  deviceUid: string
  findings: ColumnType<readonly Finding[], string, never>
  caveats: ColumnType<readonly Caveat[], string, never>
  quality: ColumnType<readonly Verdict[], string, never>
  durations: ColumnType<Readonly<Record<string, number>>, string, never>
  startedAt: Timestamp
  finishedAt: WithDefault<Date>
}

type HeatMapTable = {
  id: GeneratedAlways<string>
  analysisId: string
  label: string | null
  method: ExplanationMethod
  rows: number
  columns: number
  empty: boolean
  file: string
  sha256: string
  bytes: Bytes
}

type ResultTable = {
  id: GeneratedAlways<string>
  studyId: StudyId
  /** Null for a page that says why there is no analysis. */
  analysisId: string | null
  sopInstanceUid: Uid
  sopClassUid: Uid
  seriesInstanceUid: Uid
  transferSyntaxUid: Uid
  kind: ResultKind
  label: string | null
  /** The result this one stands in for where a peer does not take its SOP class; itself owed to nobody. */
  alternativeOf: Uid | null
  /** Since when something newer speaks in its place. */
  supersededAt: Date | null
  /** The analysis that does; null also for a page that says that there is none. */
  supersededBy: string | null
  /** The rejection note about it. */
  rejectedBy: Uid | null
  recallId: string | null
  file: string
  sha256: string
  bytes: Bytes
  createdAt: WithDefault<Date>
}

type RecallTable = {
  id: GeneratedAlways<string>
  modelId: string
  modelVersion: string
  analysedFrom: Timestamp
  analysedUntil: Timestamp
  title: RejectionReason
  reanalyse: boolean
  recalledAt: WithDefault<Date>
}

type AuditFileTable = {
  file: string
  messages: ColumnType<string, number, number>
  hash: string
  seenAt: WithDefault<Date>
}

/** The tables of migrations/, in camel case. */
export type Schema = {
  study: StudyTable
  instance: InstanceTable
  openAssociation: OpenAssociationTable
  analysis: AnalysisTable
  heatMap: HeatMapTable
  result: ResultTable
  delivery: DeliveryTable
  recall: RecallTable
  deliveryAnswer: DeliveryAnswerTable
  destinationSopClass: DestinationSopClassTable
  commitmentRequest: CommitmentRequestTable
  commitmentReport: CommitmentReportTable
  auditFile: AuditFileTable
}

/** A handle to query with: the database's, or a transaction's. */
export type Db = Kysely<Schema>

export type Study = Selectable<StudyTable>
export type Instance = Selectable<InstanceTable>
export type Analysis = Selectable<AnalysisTable>
export type HeatMapRow = Selectable<HeatMapTable>
export type Result = Selectable<ResultTable>
export type Delivery = Selectable<DeliveryTable>
export type DeliveryAnswer = Selectable<DeliveryAnswerTable>
