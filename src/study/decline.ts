/** Why we may not analyse a study. Coded, so that it can be counted and shown; declining is a value, not an error. */
export const DECLINE_REASONS = {
  NO_IMAGE: 'the study holds no image that can be read',
  OWN_RESULT: 'the images are results of this node',
  MODALITY_NOT_ACCEPTED: 'no image has Modality CR or DX',
  IMAGE_DERIVED: 'the images are derived (Image Type DERIVED, not PRIMARY)',
  FOR_PROCESSING: 'the images are raw detector data (For Processing), not made for presentation',
  COLOUR_IMAGE: 'the images are colour pictures, not radiographs',
  POLARITY_CONTRADICTORY:
    'Photometric Interpretation and presentation or rescale contradict one another: dark and bright may be swapped',
  BODY_PART_NOT_CHEST: 'Body Part Examined names another part than the chest',
  BODY_PART_UNKNOWN: 'neither Body Part Examined nor a procedure or description says chest',
  VIEW_NOT_FRONTAL: 'the view is not frontal (View Position other than PA or AP, or a lateral projection)',
} as const

export type DeclineCode = keyof typeof DECLINE_REASONS
