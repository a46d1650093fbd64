import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'

/** Type 2 of the Patient and General Study modules, PS3.3 C.7.1.1 and C.7.2.1: empty where the source has none. */
const ALWAYS = [
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ReferringPhysicianName',
  'StudyID',
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
]
const WHEN_PRESENT = [
  'SpecificCharacterSet',
  'TimezoneOffsetFromUTC',
  'StudyDescription',
  'IssuerOfPatientID',
  'OtherPatientIDs',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
]
const CODE = ['CodeValue', 'CodingSchemeDesignator', 'CodingSchemeVersion', 'CodeMeaning']
const ENTITY = ['LocalNamespaceEntityID', 'UniversalEntityID', 'UniversalEntityIDType']
const SEQUENCES: Readonly<Record<string, readonly string[]>> = {
  DeidentificationMethodCodeSequence: CODE,
  IssuerOfAccessionNumberSequence: ENTITY,
  IssuerOfPatientIDQualifiersSequence: ENTITY,
  OtherPatientIDsSequence: ['PatientID', 'IssuerOfPatientID', 'TypeOfPatientID'],
}

/** What implicit VR can say and explicit VR cannot. */
const LONGEST = 0xfffe

const hasValue = (value: Uint8Array | undefined): value is Uint8Array =>
  value !== undefined && value.length <= LONGEST && value.some((byte) => byte !== 0x20 && byte !== 0)

/** Values byte for byte as the source has them, so in its Specific Character Set; those without a value are left out. */
export function copied(source: Header, keywords: readonly string[]): DataSet {
  const values: Record<string, Uint8Array> = {}
  for (const keyword of keywords) {
    const value = source.bytes(keyword)
    if (hasValue(value)) values[keyword] = value
  }
  return values
}

/** Like `copied`, with the others empty (Type 2). */
export const copiedOrEmpty = (source: Header, keywords: readonly string[]): DataSet => ({
  ...Object.fromEntries(keywords.map((keyword) => [keyword, null])),
  ...copied(source, keywords),
})

/** An item may have a Specific Character Set of its own, PS3.3 C.12.1.1.2. */
const copiedItems = (source: Header, sequence: string, keywords: readonly string[]): readonly DataSet[] =>
  source.items(sequence).map((item) => copied(item, ['SpecificCharacterSet', ...keywords]))

/** Items of a Code Sequence that say all three: value, scheme and meaning. */
export const copiedCodes = (source: Header, sequence: string): readonly DataSet[] =>
  copiedItems(source, sequence, CODE).filter(
    (code) => code.CodeValue && code.CodingSchemeDesignator && code.CodeMeaning,
  )

/** Optional, and often without its unit: then it is no age (PS3.5 section 6.2, AS) and is left out. */
const copiedAge = (source: Header): DataSet =>
  /^\d{3}[DWMY]$/.test(source.string('PatientAge') ?? '') ? copied(source, ['PatientAge']) : {}

/** Patient and General Study attributes of a result, with the source's character set and time zone. */
export function patientAndStudy(source: Header): DataSet {
  const sequences = Object.entries(SEQUENCES)
    .map(([sequence, keywords]): [string, readonly DataSet[]] => [sequence, copiedItems(source, sequence, keywords)])
    .filter(([, items]) => items.length > 0)
  const procedures = copiedCodes(source, 'ProcedureCodeSequence')
  return {
    ...copiedOrEmpty(source, ALWAYS),
    ...copied(source, WHEN_PRESENT),
    ...copiedAge(source),
    ...Object.fromEntries(sequences),
    ...(procedures.length > 0 && { ProcedureCodeSequence: procedures }),
  }
}
