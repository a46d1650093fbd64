import { QUALITY_REASONS, type QualityReason, type Verdict } from './quality.ts'

/**
 * What a reader must know about the scores of one image, in words. ASCII: they are valid in every Specific Character Set.
 * The first are quality checks whose policy is to say so and score.
 */
const CAVEATS = {
  MODALITY_NOT_ACCEPTED: 'Modality is neither CR nor DX.',
  IMAGE_DERIVED: 'The image is derived, not what the modality made.',
  FOR_PROCESSING: 'The image is raw detector data, not made for presentation.',
  COLOUR_IMAGE: 'The image is a colour picture; only its first channel was scored.',
  BODY_PART_NOT_CHEST: 'Body Part Examined names another part than the chest.',
  BODY_PART_UNKNOWN: 'Nothing in the header says that this is a chest.',
  VIEW_NOT_FRONTAL: 'The header says that the view is not frontal.',
  POLARITY_CONTRADICTORY: 'The header contradicts itself: dark and bright may be swapped.',
  VIEW_NOT_INTENDED: 'The model is not meant for this view.',
  AGE_NOT_INTENDED: "The model is not meant for this patient's age.",
  SECONDARY_CAPTURE: 'The image is a secondary capture, not what a modality made.',
  BURNED_IN_ANNOTATION: 'Text is burned into the image and may have influenced the scores.',
  IMAGE_TOO_SMALL: 'The image has fewer pixels than the model looks at.',
  IMAGE_CONSTANT: 'The image is nearly constant.',
  IMAGE_SATURATED: 'Much of the image is plain black or white.',
  SCREEN_CAPTURE: 'The image looks like a screen or a drawing.',
  POLARITY_INVERTED: 'Dark and bright look swapped.',
  PIXELS_NOT_FRONTAL: 'The pixels do not look like an upright frontal chest radiograph.',
  OUT_OF_DISTRIBUTION: 'The image is unlike those the model was trained on: the scores may mean nothing.',
  AGE_UNKNOWN: "The patient's age is not known; the model is not meant for all ages.",
  PORTABLE: 'Taken with a portable unit or lying down, as far as the description says.',
} as const satisfies Record<QualityReason, string> & Record<string, string>

/** `code` is one of those above, or one that the model's manifest declares. */
export type Caveat = { readonly code: string; readonly text: string }

export const caveat = (code: keyof typeof CAVEATS): Caveat => ({ code, text: CAVEATS[code] })

/** One for every check that speaks against the image without forbidding to score it. */
export const caveatsOf = (verdicts: readonly Verdict[]): Caveat[] =>
  verdicts.filter(({ outcome }) => outcome === 'caveat').map(({ check }) => caveat(QUALITY_REASONS[check]))
