/** A study's workflow: receiving → complete → analysed, declined or failed; a new instance opens it again, as its next revision. */
export const STUDY_STATES = ['receiving', 'complete', 'analysed', 'declined', 'failed'] as const
export type StudyState = (typeof STUDY_STATES)[number]

/**
 * A delivery's workflow. owed: to be offered. sent: taken by the destination. confirmed: it says that it has it.
 * unconfirmed: taken, and no way to learn whether it was kept. refused: not offered again by itself. held: at the
 * destination the study is another patient's or order's, and a person must decide.
 */
export type DeliveryState = 'owed' | 'sent' | 'confirmed' | 'unconfirmed' | 'refused' | 'held' | 'withdrawn'

/** In which order a destination gets what it is owed: a finding that cannot wait, another finding, the rest. */
export type Urgency = 0 | 1 | 2
