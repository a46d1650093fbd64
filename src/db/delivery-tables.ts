import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { AeTitle, Uid } from '../study/identifiers.ts'
import type { DeliveryState, Urgency } from '../study/study-state.ts'

type WithDefault<T> = ColumnType<T, T | undefined, T>

export type DeliveryTable = {
  id: GeneratedAlways<string>
  resultId: string
  destination: string
  state: Generated<DeliveryState>
  attempts: Generated<number>
  dueAt: WithDefault<Date | null>
  status: number | null
  reasonCode: string | null
  comment: string | null
  sentAt: Date | null
  urgency: Generated<Urgency>
  underWay: Generated<boolean>
  owedAt: WithDefault<Date>
  /** Since when the destination may hold it without having said that it took it. */
  offeredAt: Date | null
  sentResultId: string | null
  questions: Generated<number>
  losses: Generated<number>
  late: Generated<boolean>
  released: Generated<boolean>
  askedAt: Date | null
  confirmUntil: Date | null
  confirmedAt: Date | null
  confirmedBy: Confirmer | null
}

/** By which word of the destination a delivery is confirmed. */
export type Confirmer = 'storage commitment' | 'query'

/** What a destination was asked; or what a person did. */
export type Question = 'store' | 'identity' | Confirmer | 'person'

export type DeliveryAnswerTable = {
  id: GeneratedAlways<string>
  deliveryId: string
  question: Question
  sopClassUid: string | null
  status: number | null
  reasonCode: string | null
  comment: string | null
  times: Generated<number>
  firstAt: WithDefault<Date>
  lastAt: WithDefault<Date>
}

export type DestinationSopClassTable = {
  destination: string
  sopClassUid: string
  accepted: boolean
  learnedAt: WithDefault<Date>
}

export type CommitmentRequestTable = {
  transactionUid: Uid
  destination: string
  requestedAt: WithDefault<Date>
  reportedAt: Date | null
}

type Referenced = readonly { readonly sopClassUid: Uid; readonly sopInstanceUid: Uid }[]

export type CommitmentReportTable = {
  id: GeneratedAlways<string>
  transactionUid: Uid
  aeTitle: AeTitle
  calledAeTitle: AeTitle
  instances: ColumnType<Referenced, string, string>
  state: Generated<'owed' | 'sent' | 'refused'>
  attempts: Generated<number>
  dueAt: WithDefault<Date | null>
  status: number | null
  reasonCode: string | null
  comment: string | null
  failed: number | null
  requestedAt: WithDefault<Date>
  sentAt: Date | null
}
