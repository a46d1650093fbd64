/** A model that was to score a study and did not. */
export type Unscored = {
  readonly modelId: string
  readonly modelVersion: string
  /** The gate forbade it, or it failed. */
  readonly outcome: 'declined' | 'failed'
  readonly code: string
  /** For operators. No patient data. */
  readonly reason: string
}
