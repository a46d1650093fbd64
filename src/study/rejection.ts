/** Why an archive is to hide what it holds: titles of a rejection note, PS3.16 CID 7011. */
export const REJECTION_REASONS = ['quality', 'patient-safety', 'worklist', 'retention'] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]
