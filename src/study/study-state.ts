/** A study's workflow: receiving → complete → analysed, declined or failed; a new instance opens it again, as its next revision. */
export const STUDY_STATES = ['receiving', 'complete', 'analysed', 'declined', 'failed'] as const
export type StudyState = (typeof STUDY_STATES)[number]

/** A delivery's workflow: owed until the destination took it (sent) or said never (refused). */
export type DeliveryState = 'owed' | 'sent' | 'refused'
