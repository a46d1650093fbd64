/** Why we may not analyse a study. Coded, so that it can be counted and shown; declining is a value, not an error. */
export const DECLINE_REASONS = {
  NO_IMAGE: 'the study holds no image that can be read',
  NO_MODEL: 'no rule of models.rules chooses a model for the images',
  OWN_RESULT: 'the images are results of this node',
  MODALITY_NOT_ACCEPTED: 'no image has Modality CR or DX',
  IMAGE_DERIVED: 'the images are derived (Image Type DERIVED, not PRIMARY)',
  FOR_PROCESSING: 'the images are raw detector data (For Processing), not made for presentation',
  COLOUR_IMAGE: 'the images are colour pictures, not radiographs',
  BODY_PART_NOT_CHEST: 'Body Part Examined names another part than the chest',
  BODY_PART_UNKNOWN: 'neither Body Part Examined nor a procedure or description says chest',
  VIEW_NOT_FRONTAL: 'the view is not frontal (View Position other than PA or AP, or a lateral projection)',
  POLARITY_CONTRADICTORY:
    'Photometric Interpretation and presentation or rescale contradict one another: dark and bright may be swapped',
  VIEW_NOT_INTENDED: 'the view is none that the model is meant for',
  AGE_NOT_INTENDED: "the patient's age is outside the ages that the model is meant for",
  SECONDARY_CAPTURE: 'the image is a secondary capture, not what a modality made',
  BURNED_IN_ANNOTATION: 'text is burned into the image (Burned In Annotation YES)',
  IMAGE_TOO_SMALL: "the image has fewer pixels along its shorter side than the model's input",
  IMAGE_CONSTANT: 'the image is empty or nearly constant',
  IMAGE_SATURATED: 'too much of the image is plain black or white: over- or underexposed, or clipped',
  SCREEN_CAPTURE: 'the image looks like a screen or a drawing: large areas of exactly one value that are no border',
  POLARITY_INVERTED: 'dark and bright look swapped: Photometric Interpretation contradicts the pixels',
  PIXELS_NOT_FRONTAL: 'the pixels do not look like an upright frontal chest radiograph',
  OUT_OF_DISTRIBUTION: 'the image is unlike those the model was trained on',
  QUALITY_UNKNOWN: 'a quality check could not be made, so the image is not scored',
} as const

export type DeclineCode = keyof typeof DECLINE_REASONS
