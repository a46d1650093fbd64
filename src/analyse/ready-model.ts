import type { Model } from '../inference/open-model.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { FindingCodes } from '../study/finding.ts'

/** A model that runs, with what this site has settled for it. */
export type ReadyModel = {
  readonly model: Model
  readonly explanation: ExplanationMethod
  readonly codes: FindingCodes
  /** Identifies codes, policies and settings: part of every UID of its results. */
  readonly configHash: string
}
