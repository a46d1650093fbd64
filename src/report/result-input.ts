import type { Header } from '../dicom/header.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding, FindingCodes, HeatMap, ModelIdentity } from '../study/finding.ts'

/** This node as equipment, PS3.3 C.7.5.1. Text is ASCII; each at most 64 characters, `stationName` 16. */
export type NodeIdentity = {
  readonly name: string
  readonly version: string
  readonly manufacturer: string
  readonly deviceSerialNumber: string
  readonly stationName?: string
  readonly institutionName?: string
}

/** A radiograph ready to be shown: rows × columns, row-major, 0 black to 255 white. */
export type GreyImage = { readonly rows: number; readonly columns: number; readonly grey: Uint8Array }

/** The same where it is small already: see `smallRadiograph`. */
export type DisplayImage = GreyImage & { readonly small?: GreyImage }

/** How the heat maps were made; decides DerivationCodeSequence (CID 217). */
export type Explanation = 'gradientWeightedClassActivation' | 'saliency' | 'occlusion'

/** Whose patient and study a result belongs to, and what made it when. */
export type ResultOrigin = {
  readonly source: Header
  readonly model: ModelIdentity
  readonly node: NodeIdentity
  readonly startedAt: Date
}

/** A report that another one takes the place of. */
export type Replaced = { readonly sopInstanceUid: string; readonly modelId: string; readonly modelVersion: string }

/** One analysed radiograph and what the model found. */
export type ResultInput = ResultOrigin & {
  readonly display: DisplayImage
  /** In the model's order. */
  readonly findings: readonly Finding[]
  /** Heat maps by label, for positive findings; a smaller grid of the same aspect is fine. */
  readonly maps: ReadonlyMap<string, HeatMap>
  /** All of them together, where there are several. */
  readonly combined?: HeatMap | undefined
  /** What a reader must know about the scores of this image. */
  readonly caveats: readonly Caveat[]
  readonly codes: FindingCodes
  /** Identifies thresholds, codes and settings: part of every UID. */
  readonly configHash: string
  /** Reports of the same study that this one replaces. */
  readonly replaces?: readonly Replaced[]
  /** Grad-CAM when absent. */
  readonly explanation?: Explanation
}
