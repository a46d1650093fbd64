import type { Header } from '../dicom/header.ts'
import { type Caveat, caveat } from '../study/caveat.ts'
import type { DeclaredCaveat, IntendedUse } from '../study/intended-use.ts'
import { saysPortable } from './chest-words.ts'
import { patientAge } from './patient-age.ts'
import { viewOf } from './view-of.ts'

function applies({ views, ages }: DeclaredCaveat, view: string | undefined, age: number | undefined): boolean {
  if (views && !views.some((each) => each === view)) return false
  return !ages || (age !== undefined && age >= ages[0] && age < ages[1] + 1)
}

/** What the model's manifest says of such images, and what it cannot judge because nothing tells. */
export function declaredCaveats(header: Header, { intended, caveats = [] }: IntendedUse): Caveat[] {
  const view = viewOf(header)
  const age = patientAge(header)
  const declared = caveats.filter((each) => applies(each, view, age)).map(({ code, text }) => ({ code, text }))
  return [
    ...declared,
    ...(saysPortable(header) ? [caveat('PORTABLE')] : []),
    ...(intended?.ages && age === undefined ? [caveat('AGE_UNKNOWN')] : []),
  ]
}
