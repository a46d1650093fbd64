import { Failure } from '../failure.ts'
import { withoutPadding } from './padding.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A DICOM unique identifier, PS3.5 section 9.1: digits and dots, 64 at most; so it is safe as a file name. */
export type Uid = Branded<'Uid'>
/** An application entity title, PS3.5 section 6.2 AE: 1 to 16 characters, spaces around it removed. */
export type AeTitle = Branded<'AeTitle'>
/** A study's row. */
export type StudyId = Branded<'StudyId'>

const UID = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/
// Deployed devices do write components with leading zeros; they are harmless, so taken as they come.
const LENIENT_UID = /^\d+(\.\d+)*$/
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/

const isUid = (text: string): text is Uid => text.length <= 64 && LENIENT_UID.test(text)
const isAeTitle = (text: string): text is AeTitle => text.length > 0 && AE_TITLE.test(text)
const isStudyId = (text: string): text is StudyId => /^\d{1,19}$/.test(text)

/** @throws Failure UID_INVALID */
export function parseUid(text: string): Uid {
  const trimmed = withoutPadding(text)
  if (isUid(trimmed)) return trimmed
  throw new Failure('UID_INVALID', `not a DICOM UID: ${JSON.stringify(trimmed.slice(0, 70))}`)
}

/** Whether a UID of our own making keeps to the letter of PS3.5 section 9.1. */
export function isStrictUid(text: string): boolean {
  return text.length <= 64 && UID.test(text)
}

/** @throws Failure USAGE */
export function parseAeTitle(text: string): AeTitle {
  const trimmed = text.trim()
  if (isAeTitle(trimmed)) return trimmed
  throw new Failure('USAGE', 'an AE title has 1 to 16 printable ASCII characters and no backslash')
}

/** @throws Failure USAGE */
export function parseStudyId(text: string): StudyId {
  if (isStudyId(text)) return text
  throw new Failure('USAGE', 'a study id is a whole number')
}
