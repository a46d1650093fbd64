/** How the heat map of a finding is made. */
export const EXPLANATION_METHODS = ['grad-cam', 'pli', 'occlusion', 'none'] as const
export type ExplanationMethod = (typeof EXPLANATION_METHODS)[number]
