import { Failure } from '../failure.ts'
import { withoutPadding } from '../study/padding.ts'

/** An object of the DICOM JSON model, PS3.18 Annex F: attributes by tag, eight hexadecimal digits. */
export type JsonDataSet = { readonly [tag: string]: unknown }

const isObject = (value: unknown): value is JsonDataSet =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws Failure PEER_NOT_UNDERSTOOD */
export function parseDicomJson(body: Buffer): readonly JsonDataSet[] {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new Failure('PEER_NOT_UNDERSTOOD', 'the answer is not DICOM JSON')
  }
  const dataSets = Array.isArray(value) ? value : [value]
  if (dataSets.every(isObject)) return dataSets
  throw new Failure('PEER_NOT_UNDERSTOOD', 'the answer is not DICOM JSON')
}

/** The values of an attribute; [] when it is absent or empty. */
function valuesOf(dataSet: JsonDataSet, tag: string): readonly unknown[] {
  const attribute = dataSet[tag]
  return isObject(attribute) && Array.isArray(attribute.Value) ? attribute.Value : []
}

export const itemsOf = (dataSet: JsonDataSet, tag: string): readonly JsonDataSet[] =>
  valuesOf(dataSet, tag).filter(isObject)

/** The first value, trimmed: UI as text. */
export function textOf(dataSet: JsonDataSet, tag: string): string | undefined {
  const [first] = valuesOf(dataSet, tag)
  return typeof first === 'string' ? withoutPadding(first) : undefined
}

/** The first value: US, which some servers write as text. */
export function numberOf(dataSet: JsonDataSet, tag: string): number | undefined {
  const [first] = valuesOf(dataSet, tag)
  if (first === undefined || first === null || first === '') return undefined
  const number = Number(first)
  return Number.isInteger(number) ? number : undefined
}
