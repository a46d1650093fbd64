import type { Header } from '../dicom/header.ts'

/** Free text that may say what was examined; PS3.3 General Study, General Series, Request Attributes. */
const DESCRIPTIONS = [
  'StudyDescription',
  'SeriesDescription',
  'ProtocolName',
  'PerformedProcedureStepDescription',
  'RequestedProcedureDescription',
  'AcquisitionDeviceProcessingDescription',
]
const CODED = ['ProcedureCodeSequence', 'AnatomicRegionSequence', 'PerformedProtocolCodeSequence']
const CHEST_WORDS = /\b(chest|thorax|torax|cxr|lungs?)\b/i
/** English, German, French, Spanish, Portuguese, Italian, Dutch. */
const LATERAL_WORDS =
  /\b([lr]?lat|[lr]l|[lr]lo|lateral\w*|later\w+|seit\w*|profil\w*|perfil|obliqu\w*|obliku\w*|transvers\w*|dwars|decub\w*|lordot\w*|schr[aä]eg\w*)\b/i
const PORTABLE_WORDS =
  /\b(portable|mobile|bedside|supine|semi-?erect|bett\w*|liegend\w*|au lit|couch[eé]|mobil|port[aá]til|letto|supino|liggend|bedopname)\b/i

const descriptions = (header: Header) => DESCRIPTIONS.flatMap((keyword) => header.strings(keyword))
const meanings = (header: Header, keyword: string) =>
  header.items(keyword).flatMap((item) => item.strings('CodeMeaning'))

/** Words of a description, its underscores taken for spaces. */
const says = (pattern: RegExp, texts: readonly string[]) =>
  texts.some((text) => pattern.test(text.replaceAll('_', ' ')))

export const saysChest = (header: Header): boolean =>
  says(CHEST_WORDS, [...descriptions(header), ...CODED.flatMap((keyword) => meanings(header, keyword))])

/** Of the series alone: a study of two views is called both. */
export const saysLateral = (header: Header): boolean =>
  says(LATERAL_WORDS, [
    ...header.strings('SeriesDescription'),
    ...header.strings('ProtocolName'),
    ...meanings(header, 'ViewCodeSequence'),
  ])

export const saysPortable = (header: Header): boolean =>
  says(PORTABLE_WORDS, [...descriptions(header), ...CODED.flatMap((keyword) => meanings(header, keyword))])
