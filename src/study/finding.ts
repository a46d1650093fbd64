/** One label with its score. `score` is normalised so that 0.5 is the operating point; it is not a probability. */
export type Finding = {
  readonly label: string
  /** The model's raw output. */
  readonly logit: number
  /** sigmoid(logit), 0 to 1: compared with `operatingPoint`. */
  readonly output: number
  /** The output at which `score` is 0.5, 0 to 1. */
  readonly operatingPoint: number
  /** Operating-point normalised, 0 to 1. */
  readonly score: number
  /** At or above the operating point. */
  readonly positive: boolean
}

/** Where the model looked for one finding, on the radiograph's own grid. */
export type HeatMap = {
  readonly rows: number
  readonly columns: number
  /** rows × columns, row-major, 0 to 1 (1 is the hottest point). All zero: no localisation. */
  readonly values: Float32Array
  readonly empty: boolean
}

/** Which model made a result, IHE AI Results 6.5.3.1. */
export type ModelIdentity = {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly manufacturer: string
  /** Changes with the model's file, thresholds or version; `2.25.…`. */
  readonly deviceUid: string
  /** The site's own, where it has one. */
  readonly calibration?: { readonly version: string; readonly sha256: string } | undefined
  /** Trained on simulated radiographs: says so wherever a result appears. */
  readonly demonstration: boolean
  /** One sentence for people who read a result. */
  readonly intendedUse: string
}

export type CodedConcept = { readonly value: string; readonly scheme: string; readonly meaning: string }

/** How one label is said in codes, from `config/codes.json`. */
export type FindingCode = { readonly finding: CodedConcept; readonly site: CodedConcept }
export type FindingCodes = Readonly<Record<string, FindingCode>>
