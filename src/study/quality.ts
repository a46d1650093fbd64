import type { DeclineCode } from './decline.ts'

/** What a site does with an image that a quality check speaks against. */
export const POLICIES = ['decline', 'caveat', 'off'] as const
export type Policy = (typeof POLICIES)[number]

/** Every quality check with its reason, in the order in which they are made: the furthest from a chest radiograph first. */
export const QUALITY_REASONS = {
  modality: 'MODALITY_NOT_ACCEPTED',
  derived: 'IMAGE_DERIVED',
  forProcessing: 'FOR_PROCESSING',
  colour: 'COLOUR_IMAGE',
  bodyPart: 'BODY_PART_NOT_CHEST',
  bodyPartUnknown: 'BODY_PART_UNKNOWN',
  view: 'VIEW_NOT_FRONTAL',
  polarity: 'POLARITY_CONTRADICTORY',
  intendedView: 'VIEW_NOT_INTENDED',
  age: 'AGE_NOT_INTENDED',
  secondaryCapture: 'SECONDARY_CAPTURE',
  burnedIn: 'BURNED_IN_ANNOTATION',
  size: 'IMAGE_TOO_SMALL',
  constant: 'IMAGE_CONSTANT',
  saturated: 'IMAGE_SATURATED',
  screenCapture: 'SCREEN_CAPTURE',
  polarityPixels: 'POLARITY_INVERTED',
  frontalPixels: 'PIXELS_NOT_FRONTAL',
  distribution: 'OUT_OF_DISTRIBUTION',
} as const satisfies Record<string, DeclineCode>

export type QualityCheck = keyof typeof QUALITY_REASONS
export type QualityReason = (typeof QUALITY_REASONS)[QualityCheck]
export type Policies = Readonly<Record<QualityCheck, Policy>>

/** What became of one check. `unknown`: what it looks at is not there. `failed`: it could not be made, so it declines. */
export type Verdict = {
  readonly check: QualityCheck
  readonly outcome: 'passed' | 'caveat' | 'declined' | 'failed' | 'unknown' | 'off'
  /** What was measured, and where the check begins to speak. */
  readonly measured?: number
  readonly limit?: number
}

/** What a check found: nothing against the image, something, or that it cannot tell. */
export type Observation = {
  readonly speaks: boolean | 'unknown'
  /** Not sure enough to forbid anything: a caveat at most. */
  readonly doubtful?: boolean
  readonly measured?: number
  readonly limit?: number
}

/** Under its policy. A check that throws, or measures what is no number, declines: we do not know what it would have said. */
export function judge(check: QualityCheck, policies: Policies, observe: () => Observation): Verdict {
  const policy = policies[check]
  if (policy === 'off') return { check, outcome: 'off' }
  try {
    const { speaks, doubtful, ...figures } = observe()
    if (Number.isNaN(figures.measured)) return { check, outcome: 'failed' }
    if (speaks === 'unknown') return { check, outcome: 'unknown', ...figures }
    const against = policy === 'decline' && !doubtful ? 'declined' : 'caveat'
    return { check, outcome: speaks ? against : 'passed', ...figures }
  } catch {
    return { check, outcome: 'failed' }
  }
}

/** Why these verdicts forbid to score the image; undefined when none does. */
export function declineOf(verdicts: readonly Verdict[]): DeclineCode | undefined {
  const against = verdicts.find(({ outcome }) => outcome === 'declined' || outcome === 'failed')
  if (!against) return undefined
  return against.outcome === 'failed' ? 'QUALITY_UNKNOWN' : QUALITY_REASONS[against.check]
}
