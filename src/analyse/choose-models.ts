import type { Candidate } from './select-images.ts'

/** Which models see the images that meet every condition given. */
export type ModelRule = {
  readonly models: readonly string[]
  readonly callingAeTitle?: readonly string[] | undefined
  readonly calledAeTitle?: readonly string[] | undefined
  readonly modality?: readonly string[] | undefined
  readonly view?: readonly string[] | undefined
}

function meets(rule: ModelRule, { header, callingAeTitle, calledAeTitle }: Candidate): boolean {
  const among = (wanted: readonly string[] | undefined, value: string | undefined) =>
    wanted === undefined || (value !== undefined && wanted.includes(value))
  return (
    among(rule.callingAeTitle, callingAeTitle) &&
    among(rule.calledAeTitle, calledAeTitle) &&
    among(rule.modality, header.string('Modality')) &&
    among(rule.view, header.string('ViewPosition') ?? 'unsaid')
  )
}

/** The candidates that each model is to choose from: the first rule that an image meets decides. Models none is for are left out. */
export function chooseModels(
  rules: readonly ModelRule[],
  candidates: readonly Candidate[],
): ReadonlyMap<string, readonly Candidate[]> {
  const chosen = new Map<string, Candidate[]>()
  for (const candidate of candidates)
    for (const id of rules.find((rule) => meets(rule, candidate))?.models ?? [])
      chosen.set(id, [...(chosen.get(id) ?? []), candidate])
  return chosen
}
